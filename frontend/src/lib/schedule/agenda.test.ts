import { expect, test } from "vitest";
import { agenda } from "./agenda";
import { calendarDays } from "./days";
import { pieces } from "./lanes";
import { PORTLAND, shift } from "./samples";
import { spanOf } from "./view";

const DAYS = calendarDays("2026-11-27", 2, PORTLAND);
const LANES = new Map([["primary", pieces("primary", [shift()], null, spanOf(DAYS))]]);

test("a night is listed under both of its days, and gaps like everything else", () => {
  const list = agenda(DAYS, LANES).map(({ day, tiers }) => [
    day,
    tiers.map(({ entries }) =>
      entries.map(({ piece, begunBefore, goesOn }) => [piece.kind, begunBefore, goesOn]),
    ),
  ]);
  expect(list).toEqual([
    [
      "2026-11-27",
      [
        [
          ["gap", false, false],
          ["shift", false, true],
        ],
      ],
    ],
    [
      "2026-11-28",
      [
        [
          ["shift", true, false],
          ["gap", false, false],
        ],
      ],
    ],
  ]);
});

test("together the days show exactly what the grid shows", () => {
  const listed = agenda(DAYS, LANES).flatMap(({ tiers }) =>
    tiers.flatMap(({ entries }) => entries.map(({ piece }) => piece)),
  );
  expect(new Set(listed)).toEqual(new Set(LANES.get("primary")));
});

test("a day that the zone skips is not listed", () => {
  const days = calendarDays("2011-12-29", 3, "Pacific/Apia");
  expect(agenda(days, new Map()).map(({ day }) => day)).toEqual(["2011-12-29", "2011-12-31"]);
});
