import { expect, test } from "vitest";
import { admission } from "./samples";
import {
  boardingWords,
  dueWords,
  laidOut,
  lengthOf,
  promiseWords,
  shareWords,
  sizeOf,
  whoIs,
} from "./words";

const ZONE = "America/Los_Angeles";
const NOW = Date.parse("2026-03-03T11:10:30Z");
const LATER = Date.parse("2026-03-03T12:10:07Z");

test.each([
  [0, "0 min"],
  [59.9, "59 min"],
  [65, "1 h 05 min"],
  [24 * 60, "1 day"],
  [51 * 60, "2 days 3 h"],
])("%d minutes are %s", (minutes, words) => {
  expect(lengthOf(minutes)).toBe(words);
});

test("a wait for a bed goes on while nothing is fetched", () => {
  expect(boardingWords(admission(), NOW)).toBe(
    "Waits in the emergency department for a bed: 1 h 00 min since the arrival",
  );
  const boarding = {
    since: "2026-03-03T10:10:00+00:00",
    until: "2026-03-03T10:40:00+00:00",
    decided: true,
  };
  expect(boardingWords(admission({ boarding }), NOW)).toBe(
    "Waited in the emergency department for a bed: 30 min since the decision",
  );
  expect(boardingWords(admission({ boarding: null }), NOW)).toBeNull();
});

test("what is due says how long it still has, or is late by the clock of the page", () => {
  const [due] = admission().due;
  expect(due && dueWords(due, ZONE, NOW)).toBe(
    "Call the hospital back by Tue Mar 3 03:40: 29 min left",
  );
  expect(due && dueWords(due, ZONE, LATER)).toBe(
    "Call the hospital back by Tue Mar 3 03:40: overdue by 30 min",
  );
  expect(promiseWords("2026-03-03T11:40:00Z", ZONE, NOW)).toBe("A call is promised by 03:40");
  expect(promiseWords("2026-03-03T11:40:00Z", ZONE, LATER)).toBe(
    "A call is promised by 03:40: late by 30 min",
  );
});

test("whoever may not see clients is told initials", () => {
  expect(whoIs(admission())).toBe("Test Person Two");
  expect(whoIs(admission({ client: null }))).toBe("TT");
});

test("what came is set out to be read, and what is no sign is shown as one", () => {
  expect(laidOut("MSH|^~\\&|A\rEVN|A01\r\nPID|1\x0b\x1c")).toBe("MSH|^~\\&|A\nEVN|A01\nPID|1␋␜");
  expect(laidOut('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect([sizeOf(812), sizeOf(20_480), sizeOf(3 * 1024 * 1024)]).toEqual([
    "812 bytes",
    "20 KB",
    "3.0 MB",
  ]);
});

test("a share without a denominator is no share", () => {
  expect(shareWords({ numerator: 19, denominator: 20, percent: 95 })).toBe("19 of 20 (95 %)");
  expect(shareWords({ numerator: 0, denominator: 0, percent: null })).toBe("nothing to count");
});
