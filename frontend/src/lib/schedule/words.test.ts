import { describe, expect, test } from "vitest";
import { BEN, CLEO } from "../samples";
import { calendarDays } from "./days";
import { span, type Piece } from "./lanes";
import type { Member, Override } from "./protocol";
import { coverage, gap, NOW, opened, PORTLAND, request, shift, thin, verdict } from "./samples";
import {
  acceptanceLine,
  candidateWords,
  clockChange,
  coverageLine,
  differenceLine,
  gapLine,
  length,
  memberFacts,
  moment,
  names,
  overrideWords,
  partTakerLine,
  pieceLabel,
  requestLine,
  requestState,
  stretch,
  thinGroupLine,
  times,
  wouldOpenLine,
  zoneLine,
} from "./words";

const YES = { reason: "the county covers", by: "Eli Sample", at: "2026-11-20T10:00:00-08:00" };
const at = (time: string) => Date.parse(time);

describe("times are told by the clock on the team's wall", () => {
  test("with the day, and with the year when it is far away", () => {
    expect(moment(at("2026-11-28T01:00Z"), PORTLAND, NOW)).toBe("Fri Nov 27 17:00");
    expect(moment(at("2027-11-28T01:00Z"), PORTLAND, NOW)).toBe("Sat Nov 27 2027 17:00");
  });

  test("an hour that happens twice is told apart, others need no zone", () => {
    const now = at("2026-10-30T00:00Z");
    expect(moment(at("2026-11-01T08:30Z"), PORTLAND, now)).toBe("Sun Nov 1 01:30 PDT");
    expect(moment(at("2026-11-01T09:30Z"), PORTLAND, now)).toBe("Sun Nov 1 01:30 PST");
    expect(moment(at("2026-11-01T10:30Z"), PORTLAND, now)).toBe("Sun Nov 1 02:30");
  });

  test("a stretch names its day once within one day", () => {
    expect(stretch(span(shift()), PORTLAND, NOW)).toBe("Fri Nov 27 17:00 – Sat Nov 28 08:00");
    const evening = { start: at("2026-11-28T01:00Z"), end: at("2026-11-28T04:00:01Z") };
    expect(stretch(evening, PORTLAND, NOW)).toBe("Fri Nov 27 17:00 – 20:00:01");
  });

  test("of what is known in part, only that part is told", () => {
    const night = span(shift());
    expect(stretch({ ...night, begun: true }, PORTLAND, NOW)).toBe("until Sat Nov 28 08:00");
    expect(stretch({ ...night, endless: true }, PORTLAND, NOW)).toBe("from Fri Nov 27 17:00 on");
    expect(times({ ...night, begun: true, endless: true }, PORTLAND)).toBe("no handoff in sight");
  });

  test("a bar names days only when it is longer than a night", () => {
    expect(times(span(shift()), PORTLAND)).toBe("17:00 – 08:00");
    const week = span({ ...shift(), end: "2026-12-04T17:00:00-08:00" });
    expect(times(week, PORTLAND)).toBe("Fri 17:00 – Fri 17:00");
    const day = span({ ...shift(), end: "2026-11-28T20:00:00-08:00" });
    expect(times(day, PORTLAND)).toBe("Fri 17:00 – Sat 20:00");
  });

  test.each([
    [15 * 3600, "15 h"],
    [51 * 3600, "2 days 3 h"],
    [24 * 3600, "1 day"],
    [90, "1 min 30 s"],
    [0.5, "less than 1 s"],
  ])("%d s last %s", (seconds, words) => {
    expect(length({ start: 0, end: seconds * 1000 })).toBe(words);
  });

  test("a change of the clocks is said, on that day alone", () => {
    const autumn = calendarDays("2026-10-31", 3, PORTLAND);
    expect(autumn.map((day) => clockChange(day, PORTLAND))).toEqual([
      null,
      "The clocks go back on Sun Nov 1: that day has 25 hours.",
      null,
    ]);
    const [spring] = calendarDays("2026-03-08", 1, PORTLAND);
    expect(spring && clockChange(spring, PORTLAND)).toContain("that day has 23 hours");
    const window = { start: autumn[0]?.start ?? 0, end: autumn[2]?.end ?? 0 };
    expect(zoneLine(window, PORTLAND)).toBe("Times in America/Los_Angeles (PDT, then PST)");
  });
});

describe("coverage in one line", () => {
  test("is a proof when nothing is wrong", () => {
    expect(coverageLine(coverage(), PORTLAND)).toBe("Covered every minute until Feb 20, 2027");
  });

  test("tells thin stretches without taking the proof back", () => {
    expect(coverageLine(coverage({ thin: [thin()] }), PORTLAND)).toBe(
      "Covered every minute until Feb 20, 2027, with 1 thin stretch",
    );
  });

  test("counts gaps, accepted gaps and thin stretches apart, and never calls that covered", () => {
    const wrong = coverage({
      gaps: [gap(), gap({ tier: "backup" }), gap({ accepted: YES })],
      thin: [thin(), thin()],
    });
    expect(coverageLine(wrong, PORTLAND)).toBe(
      "2 gaps, 1 accepted gap, 2 thin stretches in the next 90 days",
    );
    expect(coverageLine(coverage({ gaps: [gap({ accepted: YES })] }), PORTLAND)).toBe(
      "1 accepted gap in the next 90 days",
    );
  });
});

describe("what is heard of a piece", () => {
  const night = { tier: "primary", ...span(shift()) };

  test("a shift: tier, who, when, and what is thin about it", () => {
    const piece: Piece = { kind: "shift", ...night, shift: shift(), thin: [thin(), thin()] };
    expect(pieceLabel(piece, PORTLAND, NOW)).toBe(
      "primary, Ana Ruiz: Fri Nov 27 17:00 – Sat Nov 28 08:00. " +
        "Thin: Ana Ruiz's phone is not verified yet",
    );
  });

  test("a gap, with its reason; accepted, by whom and why", () => {
    const piece: Piece = { kind: "gap", ...night, reason: "Ana Ruiz is away", accepted: null };
    const words = "primary, Nobody: Fri Nov 27 17:00 – Sat Nov 28 08:00, Ana Ruiz is away";
    expect(pieceLabel(piece, PORTLAND, NOW)).toBe(`Gap: ${words}`);
    expect(pieceLabel({ ...piece, accepted: YES }, PORTLAND, NOW)).toBe(
      `${words}. Accepted by Eli Sample: the county covers`,
    );
  });
});

test("a gap whose reason is not known is told all the same", () => {
  const line = gapLine({ ...span(gap()), reason: "" }, PORTLAND, NOW);
  expect(line).toBe("Nobody: Fri Nov 27 17:00 – Sat Nov 28 08:00");
  expect(acceptanceLine(YES)).toBe("Accepted by Eli Sample: the county covers");
});

describe("what a change would open, in one line", () => {
  const line = (differs: object) => wouldOpenLine(verdict(differs), "north", PORTLAND, NOW);
  const later = opened({
    tier: "backup",
    ...{ start: "2026-11-28T17:00:00-08:00", end: "2026-11-29T08:00:00-08:00" },
  });

  test("with its tier and its time; the first of several, with how many they are", () => {
    const first = "primary Fri Nov 27 17:00 – Sat Nov 28 08:00";
    expect(line({ opened: [opened()] })).toBe(`1 gap would open: ${first}`);
    expect(line({ opened: [later, opened()] })).toBe(`2 gaps would open, the first: ${first}`);
    expect(line({ opened: [] })).toBe("No gap would open");
  });

  test("with the team where it is another, and without an end where it has none", () => {
    expect(line({ opened: [opened({ team: "south" })] })).toContain("open: south, primary Fri");
    const horizon = { from: "2026-11-22T10:00:00-08:00", to: opened().end };
    expect(line({ opened: [opened()], ...horizon })).toContain("primary from Fri Nov 27 17:00 on");
  });
});

test("a change says who would stand instead of whom", () => {
  const change = { tier: "primary", ...span(shift()), was: BEN, now: CLEO };
  const when = "primary, Fri Nov 27 17:00 – Sat Nov 28 08:00";
  const line = (differs: object) => differenceLine({ ...change, ...differs }, PORTLAND, NOW);
  expect(line({})).toBe(`${when}: Cleo Park instead of Ben Okafor`);
  expect(line({ now: null })).toBe(`${when}: nobody instead of Ben Okafor`);
  expect(line({ was: null })).toBe(`${when}: Cleo Park instead of nobody`);
});

test("thin stretches of one kind are counted", () => {
  const line = (count: number) => thinGroupLine(thin(), span(shift()), count, PORTLAND, NOW);
  expect(line(1)).toBe(
    "Primary: Ana Ruiz's phone is not verified yet, Fri Nov 27 17:00 – Sat Nov 28 08:00",
  );
  expect(line(3)).toMatch(/, and 2 more like it$/);
});

test("a candidate's hours come before what speaks against them", () => {
  const ben = { staff: BEN, hours: 12.4, obstacles: [] as string[] };
  expect(candidateWords(ben)).toBe("12 h on call ahead");
  ben.obstacles.push("no text messages", "rest is short");
  expect(candidateWords(ben)).toBe("12 h on call ahead; but no text messages; rest is short");
});

test("who could take parts of a gap, and which", () => {
  const part = (day: number) => ({
    start: `2026-03-0${day}T19:00:00-08:00`,
    end: `2026-03-0${day + 1}T07:00:00-08:00`,
  });
  const taker = { staff: BEN, hours: 23.6, parts: [part(1), part(3)] };
  const [first, second] = taker.parts.map((one) => stretch(span(one), PORTLAND, NOW));
  expect(partTakerLine(taker, PORTLAND, NOW)).toBe(`Ben Okafor, 24 h: ${first}, ${second}`);
  taker.parts.push(part(5));
  expect(partTakerLine(taker, PORTLAND, NOW)).toBe(
    `Ben Okafor, 24 h: ${first}, ${second} and 1 more`,
  );
});

test("names are joined as people say them", () => {
  expect(names([])).toBe("");
  expect(names([BEN])).toBe("Ben Okafor");
  expect(names([BEN, CLEO, BEN])).toBe("Ben Okafor, Cleo Park and Ben Okafor");
});

test.each([
  ["replace", null, "Ben Okafor stands"],
  ["replace", CLEO, "Ben Okafor instead of Cleo Park"],
  ["add", null, "Ben Okafor where nobody would stand"],
  ["remove", null, "Ben Okafor taken off"],
] as const)("an override of kind %s", (kind, instead, words) => {
  const override: Override = {
    ...{ id: 1, tier: "primary", start: shift().start, end: shift().end, staff: BEN },
    ...{ kind, instead, reason: "", origin: "web", ref: null },
  };
  expect(overrideWords(override)).toBe(words);
});

describe("requests", () => {
  test("a cover and a swap", () => {
    expect(requestLine(request(), PORTLAND, NOW)).toBe(
      "Ana Ruiz asks for cover: primary, Fri Nov 27 17:00 – Sat Nov 28 08:00",
    );
    const [start, end] = ["2026-11-28T17:00:00-08:00", "2026-11-29T08:00:00-08:00"];
    const swap = request({ kind: "swap", other: { tier: "backup", start, end, staff: BEN } });
    expect(requestLine(swap, PORTLAND, NOW)).toBe(
      "Ana Ruiz would swap primary, Fri Nov 27 17:00 – Sat Nov 28 08:00 " +
        "with Ben Okafor for backup, Sat Nov 28 17:00 – Sun Nov 29 08:00",
    );
  });

  test("say how far they have come", () => {
    const no = { staff: BEN, wave: 1, answer: "no", by_text: true } as const;
    expect(requestState(request())).toBe("1 asked");
    expect(requestState(request({ asked: [no] }))).toBe("1 asked, 1 said no");
    expect(requestState(request({ state: "done", taken_by: BEN }))).toBe("Ben Okafor takes it");
    expect(requestState(request({ state: "lead" }))).toBe("Waits for a lead");
  });
});

test("what is wrong about reaching somebody is said in words", () => {
  const ben: Member = {
    ...{ ...BEN, discipline: "psychiatric_np", role: "clinician" },
    ...{ active: true, sms: true, voice: true, verified: true },
  };
  expect(memberFacts(ben)).toEqual({ plain: "Psychiatric nurse practitioner", wrong: [] });
  expect(memberFacts({ ...ben, sms: false, verified: false }).wrong).toEqual([
    "no text messages",
    "phone not verified yet",
  ]);
  expect(memberFacts({ ...ben, sms: false, voice: false }).wrong).toEqual([
    "can't be reached by phone",
  ]);
  expect(memberFacts({ ...ben, active: false }).wrong).toEqual(["has left the staff"]);
});
