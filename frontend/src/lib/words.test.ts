import { describe, expect, test } from "vitest";
import type { CrisisCard } from "./protocol";
import { ANA, BEN, CLEO, board, crisisCard, crisisDocument, teamCard } from "./samples";
import {
  deadline,
  disciplineName,
  heading,
  languageName,
  news,
  ownerSentence,
  phoneNumber,
  reachingPhrase,
  statusPhrase,
} from "./words";

const LAST_RESORT = ["988", "+18002738255"];
const SINCE = "2026-01-06T11:00:00+00:00";
const LATER = "2026-01-06T11:05:00+00:00";
const paging = { staff: BEN, tier: "backup", since: LATER, how: "page" } as const;

describe("what is happening, in plain words", () => {
  test.each<[string, Partial<CrisisCard>, string]>([
    ["the primary's phone rings", {}, "Ringing Ana Ruiz (primary) for"],
    ["the caller chooses a team", { reaching: null }, "Caller on the line for"],
    [
      "the backup is paged",
      { state: "paging", reaching: paging },
      "Paging Ben Okafor (backup) for",
    ],
    ["nobody can be paged", { state: "paging", reaching: null }, "Waiting to page again for"],
    [
      "the caller is gone",
      { state: "callback_needed", reaching: paging },
      "Callback needed: nobody has it,",
    ],
    [
      "988 has the caller",
      { state: "last_resort", reaching: null },
      "Handed to 988: nobody in the team has it,",
    ],
    ["they talk", { state: "talking", owner: BEN, reaching: null }, "Talking with Ben Okafor for"],
    [
      "they talk, a colleague has taken it over",
      { state: "talking", owner: BEN },
      "Talking with Ana Ruiz (now owned by Ben Okafor) for",
    ],
    [
      "they talk, and a colleague is asked to take it over",
      { state: "talking", owner: BEN, handing_to: ANA, reaching: null },
      "Talking with Ben Okafor, who asked Ana Ruiz to take it over, for",
    ],
    [
      "they talk, a second one has it and asks a third",
      { state: "talking", owner: BEN, handing_to: CLEO },
      "Talking with Ana Ruiz (now owned by Ben Okafor, who asked Cleo Park to take it over) for",
    ],
    [
      "a colleague is asked to take it over",
      { state: "accepted", owner: BEN, handing_to: ANA, reaching: null },
      "Accepted by Ben Okafor, who asked Ana Ruiz to take it over",
    ],
    ["somebody has it", { state: "accepted", owner: BEN }, "Accepted by Ben Okafor,"],
    ["it is over", { state: "closed" }, "Closed"],
    [
      "accepted by message while it rings",
      { owner: ANA },
      "Accepted by Ana Ruiz: ringing Ana Ruiz (primary) for",
    ],
  ])("%s", (_, differs, words) => {
    expect(statusPhrase(crisisCard(differs), LAST_RESORT).text).toBe(words);
  });

  test("the timer counts from the attempt while ringing, and from the state otherwise", () => {
    const reaching = { ...paging, how: "call" } as const;
    expect(statusPhrase(crisisCard({ reaching }), LAST_RESORT).since).toBe(LATER);
    const gone = crisisCard({ state: "callback_needed", reaching: paging });
    expect(statusPhrase(gone, LAST_RESORT).since).toBe(SINCE);
  });

  test("no timer follows the question to a colleague: it would read as its age", () => {
    const asked = crisisCard({ state: "accepted", owner: BEN, handing_to: ANA });
    expect(statusPhrase(asked, LAST_RESORT).since).toBeNull();
  });

  test("while nobody has it, the person being paged is named beside", () => {
    const gone = crisisCard({ state: "callback_needed", reaching: paging });
    expect(reachingPhrase(gone)).toEqual({ text: "Paging Ben Okafor (backup) for", since: LATER });
    expect(reachingPhrase(crisisCard())).toBeNull();
    const outside = { staff: null, tier: "last resort", since: LATER, how: "last_resort" } as const;
    expect(reachingPhrase(crisisCard({ state: "last_resort", reaching: outside }))).toBeNull();
  });

  test.each([
    ["owner", "Calling back: ringing Ben Okafor for"],
    ["client", "Calling back: ringing the client for"],
    ["talking", "Called back: Ben Okafor talks for"],
  ] as const)("a call back is told beside: %s", (stage, text) => {
    const calling = { staff: BEN, stage, since: LATER };
    const owned = crisisCard({ state: "accepted", owner: BEN, reaching: null, calling });
    expect(reachingPhrase(owned)).toEqual({ text, since: LATER });
  });

  test("a crisis no longer on the board says who has it", () => {
    expect(ownerSentence(crisisDocument())).toBe("Ana Ruiz has it");
    expect(ownerSentence(crisisDocument({ owner: null }))).toBe("Nobody has it");
  });
});

describe("news for somebody who listens instead of looking", () => {
  test("a new crisis is told politely, with its team and without a timer", () => {
    expect(news(board(), board({ crises: [crisisCard()] }))).toEqual({
      polite: ["New crisis K7Q, North ACT. Ringing Ana Ruiz (primary)."],
      assertive: [],
    });
  });

  test("a new state and a closing are told; a new rung alone is not", () => {
    const before = board({ crises: [crisisCard(), crisisCard({ ref: "Z9Z" })] });
    const climbed = crisisCard({ reaching: { ...paging, how: "call" } });
    expect(news(before, board({ crises: [climbed, crisisCard({ ref: "Z9Z" })] })).polite).toEqual(
      [],
    );
    const taken = crisisCard({ state: "accepted", owner: ANA });
    expect(news(before, board({ crises: [taken] })).polite).toEqual([
      "K7Q: Accepted by Ana Ruiz.",
      "Crisis Z9Z is closed.",
    ]);
  });

  test("a hand-off is told when it is asked and when it ends", () => {
    const owned = crisisCard({ state: "accepted", owner: BEN, reaching: null });
    const without = board({ crises: [owned] });
    const asked = board({ crises: [{ ...owned, handing_to: ANA }] });
    const taken = board({ crises: [{ ...owned, owner: ANA }] });
    expect(news(without, asked).polite).toEqual([
      "K7Q: Accepted by Ben Okafor, who asked Ana Ruiz to take it over.",
    ]);
    expect(news(asked, asked).polite).toEqual([]);
    expect(news(asked, without).polite).toEqual(["K7Q: Accepted by Ben Okafor."]);
    expect(news(asked, taken).polite).toEqual(["K7Q: Accepted by Ana Ruiz."]);
  });

  test("in the middle of a talk a hand-off is told without its timer", () => {
    const talking = crisisCard({ state: "talking", owner: BEN, reaching: null });
    const asked = board({ crises: [{ ...talking, handing_to: ANA }] });
    expect(news(board({ crises: [talking] }), asked).polite).toEqual([
      "K7Q: Talking with Ben Okafor, who asked Ana Ruiz to take it over.",
    ]);
  });

  test("an alarm interrupts, once", () => {
    const alarm = { kind: "gap", text: "Nobody is on call", since: SINCE };
    const after = board({
      teams: [teamCard({ alarms: [alarm] })],
      crises: [crisisCard({ alarm: "Nobody on the ladder has taken it" })],
    });
    expect(news(board({ crises: [crisisCard()] }), after).assertive).toEqual([
      "Alarm, North ACT: Nobody is on call",
      "Alarm, crisis K7Q: Nobody on the ladder has taken it",
    ]);
    expect(news(after, after)).toEqual({ polite: [], assertive: [] });
  });
});

describe("what happens next by itself", () => {
  const due_at = "2026-01-06T11:02:00+00:00";
  const seen = (time: string, differs: Partial<CrisisCard>) => {
    const said = deadline(crisisCard({ due_at, ...differs }), Date.parse(`2026-01-06T${time}Z`));
    return said && [`${said.label}: ${said.text}`, said.late];
  };
  const asked = { state: "accepted", owner: BEN, handing_to: ANA } as const;
  const waits = { state: "callback_needed" } as const;

  test.each([
    ["11:00:02", waits, "Ladder: next step in 1:58", false],
    ["11:02:04", waits, "Ladder: next step in 0:00", false],
    ["11:02:12", waits, "Ladder: next step late by 0:12", true],
    ["11:00:02", asked, "Hand-off: 1:58 left", false],
    ["11:02:12", asked, "Hand-off: late by 0:12", true],
  ])("at %s, %o: %s", (time, differs, words, late) => {
    expect(seen(time, differs)).toEqual([words, late]);
  });

  test("nothing is said where nothing is waited for", () => {
    expect(seen("11:00:02", { state: "accepted", owner: BEN, due_at: null })).toBeNull();
    expect(seen("11:00:02", {})).toBeNull();
  });
});

test("numbers, languages and program words as people read them", () => {
  expect(phoneNumber("+15035550101")).toBe("(503) 555-0101");
  expect(phoneNumber("988")).toBe("988");
  expect(languageName("es")).toBe("Spanish");
  expect(languageName("not a code")).toBe("not a code");
  expect(heading("unable_to_locate")).toBe("Unable to locate");
});

test("disciplines are told as people say them", () => {
  expect(["psychiatric_np", "qmhp_clinician", "case_manager", "nurse"].map(disciplineName)).toEqual(
    ["psychiatric nurse practitioner", "QMHP clinician", "case manager", "nurse"],
  );
});
