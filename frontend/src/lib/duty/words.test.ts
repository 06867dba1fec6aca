import { expect, test } from "vitest";
import { ANA, BEN, CLEO } from "../samples";
import type { Request } from "../schedule/protocol";
import type { Feed, Phone } from "./protocol";
import {
  ahead,
  approvalQuestion,
  awayWords,
  closedWay,
  feedsOf,
  feedWords,
  holidayWords,
  importedWords,
  leftOutWords,
  mineWords,
  openWays,
  question,
  startsIn,
  verifiedWords,
  withApprovals,
} from "./words";

const ZONE = "America/Los_Angeles";
const NOW = Date.parse("2026-11-22T10:00:30-08:00");
const at = (time: string) => Date.parse(time);
const HOUR = 3_600_000;

test.each([
  [49, "in 2 days"],
  [47, "in 47 h"],
  [0.5, "in 30 min"],
  [0.001, "in 1 min"],
  [-1, "now"],
  [-13, "over"],
])("a shift of twelve hours that starts in %s h is %j", (hours, words) => {
  const start = NOW + hours * HOUR;
  expect(startsIn({ start, end: start + 12 * HOUR }, NOW)).toBe(words);
});

test("whole days are told as days, up to the last one", () => {
  const day = { start: at("2026-11-27T00:00:00-08:00"), end: at("2026-11-28T00:00:00-08:00") };
  expect(awayWords(day, ZONE, NOW)).toBe("Fri Nov 27");
  const long = { start: day.start, end: at("2026-11-30T00:00:00-08:00") };
  expect(awayWords(long, ZONE, NOW)).toBe("Fri Nov 27 – Sun Nov 29");
  const far = { start: at("2027-08-02T00:00:00-07:00"), end: at("2027-08-16T00:00:00-07:00") };
  expect(awayWords(far, ZONE, NOW)).toBe("Mon Aug 2 2027 – Sun Aug 15 2027");
});

test("days on which the clocks change are whole too, and hours are told as hours", () => {
  const back = { start: at("2026-11-01T00:00:00-07:00"), end: at("2026-11-02T00:00:00-08:00") };
  expect(awayWords(back, ZONE, NOW)).toBe("Sun Nov 1");
  const evening = { start: at("2026-11-27T17:00:00-08:00"), end: at("2026-11-28T00:00:00-08:00") };
  expect(awayWords(evening, ZONE, NOW)).toBe("Fri Nov 27 17:00 – Sat Nov 28 00:00");
});

test("where a day begins at one o'clock, it is whole all the same", () => {
  // In Beirut the clocks jump from 00:00 to 01:00.
  const spring = { start: at("2026-03-29T01:00:00+03:00"), end: at("2026-03-30T00:00:00+03:00") };
  expect(awayWords(spring, "Asia/Beirut", spring.start)).toBe("Sun Mar 29");
});

test("time off that is over is not listed, and the next comes first", () => {
  const off = (id: number, start: string, end: string) => ({ id, start, end, imported: false });
  const listed = ahead(
    [
      off(1, "2026-12-01T00:00:00-08:00", "2026-12-02T00:00:00-08:00"),
      off(2, "2026-11-01T00:00:00-07:00", "2026-11-02T00:00:00-08:00"),
      off(3, "2026-11-22T00:00:00-08:00", "2026-11-23T00:00:00-08:00"),
    ],
    NOW,
  );
  expect(listed.map(({ id }) => id)).toEqual([3, 1]);
});

const phone: Phone = {
  number: "0101",
  verified: true,
  verified_at: "2026-11-03T09:30:12-08:00",
  sms: true,
  voice: true,
  trouble: null,
};

test("a phone that is known and open has nothing to mend", () => {
  expect(verifiedWords(phone, ZONE, NOW)).toBe("Verified on Tue Nov 3 09:30.");
  expect(openWays(phone)).toBe("Vigil can text and call it.");
  expect(closedWay(phone)).toBeNull();
});

test("what is closed is told with the way to open it", () => {
  const stopped = { ...phone, verified: false, verified_at: null, sms: false };
  expect(verifiedWords(stopped, ZONE, NOW)).toContain("thin");
  expect(openWays(stopped)).toBe("Vigil can call it, but not text it.");
  expect(closedWay(stopped)).toContain("text START");
  const dead = { ...stopped, voice: false, trouble: "the phone network knows no such number" };
  expect(closedWay(dead)).toBe(
    "Neither texts nor calls reach it (the phone network knows no such number). " +
      "Ask a lead to look whether the number is right.",
  );
  expect(openWays(dead)).toContain("neither");
});

test("a calendar file is told before and after it is taken over", () => {
  const found = { added: 1, removed: 2, kept: 3, left_out: [] };
  expect(importedWords(found, false)).toBe(
    "1 absence would be added, 2 would be removed, 3 stay as before.",
  );
  expect(importedWords(found, true)).toBe("1 absence added, 2 removed, 3 are as before.");
  expect(importedWords({ ...found, added: 0, removed: 0, kept: 0 }, true)).toBe("Nothing added.");
  expect(leftOutWords({ line: 12, reason: "cancelled" })).toBe("Line 12: cancelled");
  expect(leftOutWords({ reason: "cancelled" })).toBe("cancelled");
});

test("a file of public holidays is told in days", () => {
  const found = { added: 2, removed: 1, kept: 0, left_out: [] };
  expect(importedWords(found, true, "public holiday")).toBe("2 public holidays added, 1 removed.");
});

const feed: Feed = {
  id: 1,
  staff: ANA,
  team: null,
  made_at: "2026-11-20T08:00:59-08:00",
  made_by: "ana@example.org",
  read_at: null,
};

test("a calendar that nobody reads is told as such", () => {
  expect(feedWords(feed, ZONE, NOW)).toBe("Made Fri Nov 20 08:00, not read yet");
  expect(feedWords({ ...feed, read_at: "2026-11-21T08:00:00-08:00" }, ZONE, NOW)).toContain(
    "last read Sat Nov 21 08:00",
  );
});

test("of a team's calendar its leads are told who made it", () => {
  const team: Feed = { ...feed, staff: null, team: "north", made_by: "eli@example.org" };
  expect(feedWords(team, ZONE, NOW)).toBe("Made Fri Nov 20 08:00 by eli@example.org, not read yet");
});

test("a person's calendars and a team's are told apart, and from those of others", () => {
  const others: Feed = { ...feed, id: 2, staff: BEN };
  const north: Feed = { ...feed, id: 3, staff: null, team: "north" };
  const south: Feed = { ...north, id: 4, team: "south" };
  const all = [feed, others, north, south];
  expect(feedsOf(all, { staff: ANA.id })).toEqual([feed]);
  expect(feedsOf(all, { team: "north" })).toEqual([north]);
});

test("a public holiday is told with its day, and where it is from", () => {
  const holiday = { day: "2026-12-25", name: "Christmas Day", imported: false } as const;
  expect(holidayWords(holiday)).toBe("Fri Dec 25: Christmas Day");
  expect(holidayWords({ ...holiday, imported: true })).toBe(
    "Fri Dec 25: Christmas Day (from a file)",
  );
});

/** Ben asks for cover; say only what differs. */
function request(differs: Partial<Request> = {}): Request {
  return {
    ref: "U7Q",
    kind: "cover",
    team: "north",
    tier: "primary",
    start: "2026-11-27T17:00:00-08:00",
    end: "2026-11-28T08:00:00-08:00",
    staff: BEN,
    note: "",
    mode: "all",
    state: "open",
    made_at: "2026-11-22T09:00:00-08:00",
    taken_by: null,
    other: null,
    asked: [],
    you: { asked: true, answer: null, may_answer: true, may_withdraw: false, may_approve: false },
    ...differs,
  };
}

const swap = request({
  kind: "swap",
  other: {
    tier: "backup",
    start: "2026-12-01T08:00:00-08:00",
    end: "2026-12-01T20:00:00-08:00",
    staff: CLEO,
  },
});

test("a question says who would take what", () => {
  expect(question(request(), ZONE, NOW)).toBe(
    "Ben Okafor asks you to take primary, Fri Nov 27 17:00 – Sat Nov 28 08:00.",
  );
  expect(question(swap, ZONE, NOW)).toContain("and they your backup, Tue Dec 1 08:00 – 20:00");
  expect(approvalQuestion(swap, ZONE, NOW)).toContain("Cleo Park would take Ben Okafor's primary");
  expect(mineWords(swap, ZONE, NOW)).toContain("for Cleo Park's backup");
});

test("a lead sees the swaps of the team that wait for them, each once", () => {
  const waits = request({ ref: "U5L", you: { ...request().you, may_approve: true } });
  const others = [request({ ref: "U8X" }), waits];
  expect(withApprovals([], others).map(({ ref }) => ref)).toEqual(["U5L"]);
  expect(withApprovals([waits], others).map(({ ref }) => ref)).toEqual(["U5L"]);
});
