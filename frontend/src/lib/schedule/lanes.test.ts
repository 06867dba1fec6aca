import { describe, expect, test } from "vitest";
import { ANA, BEN, CLEO } from "../samples";
import { calendarDays } from "./days";
import {
  cutOut,
  differences,
  keyOf,
  pieces,
  place,
  redrawn,
  span,
  wouldBeCoverage,
  type Piece,
} from "./lanes";
import type { Shift } from "./protocol";
import { coverage, gap, opened, PORTLAND, shift, thin, verdict } from "./samples";
import { spanOf } from "./view";

const WEEK = spanOf(calendarDays("2026-11-23", 7, PORTLAND));

describe("places", () => {
  test("are in percent of the window, cut at its edges", () => {
    const window = { start: 0, end: 200 };
    expect(place({ start: 50, end: 150 }, window)).toEqual({ left: 25, width: 50 });
    expect(place({ start: -100, end: 100 }, window)).toEqual({ left: 0, width: 50 });
    expect(place({ start: 300, end: 400 }, window).width).toBe(0);
  });

  test.each([
    ["25", "2026-10-26", 6, 169],
    ["23", "2026-03-02", 6, 167],
  ])("a day of %s hours is as wide as it is long", (hours, first, index, whole) => {
    const days = calendarDays(first, 7, PORTLAND);
    const day = days[index];
    expect(place(day ?? WEEK, spanOf(days)).width).toBeCloseTo((100 * Number(hours)) / whole, 10);
  });

  test("a night over the end of summer time is an hour longer on the sheet too", () => {
    const window = spanOf(calendarDays("2026-10-26", 14, PORTLAND));
    const night = (start: string, end: string) => place(span({ start, end }), window).width;
    const plain = night("2026-10-30T19:00:00-07:00", "2026-10-31T07:00:00-07:00");
    const long = night("2026-10-31T19:00:00-07:00", "2026-11-01T07:00:00-08:00");
    expect(long / plain).toBeCloseTo(13 / 12, 10);
  });
});

test("a piece is known by where it begins, not by where the window that shows it does", () => {
  const later = { start: WEEK.start + 3_600_000, end: WEEK.end + 3_600_000 };
  const keys = (window: typeof WEEK) => pieces("primary", [shift()], coverage(), window).map(keyOf);
  expect(keys(later)).toEqual(keys(WEEK));
  expect(new Set(keys(WEEK)).size).toBe(3);
});

describe("the pieces of a lane", () => {
  const told = (all: readonly Piece[]) =>
    all.map((piece) => [
      piece.kind === "shift" ? piece.shift.staff.id : "nobody",
      new Date(piece.start).toISOString(),
      new Date(piece.end).toISOString(),
    ]);

  test("fill the window without a hole: where no shift is, there is a gap", () => {
    const found = pieces("primary", [shift()], coverage(), WEEK);
    expect(told(found)).toEqual([
      ["nobody", "2026-11-23T08:00:00.000Z", "2026-11-28T01:00:00.000Z"],
      ["ana", "2026-11-28T01:00:00.000Z", "2026-11-28T16:00:00.000Z"],
      ["nobody", "2026-11-28T16:00:00.000Z", "2026-11-30T08:00:00.000Z"],
    ]);
  });

  test("an empty lane is one single gap", () => {
    const found = pieces("primary", [], null, WEEK);
    expect(found).toMatchObject([{ kind: "gap", ...WEEK, begun: true, endless: true }]);
  });

  test("a gap of one second is a gap", () => {
    const later = "2026-11-28T08:00:01-08:00";
    const shifts = [shift(), shift({ start: later, end: "2026-11-29T08:00:00-08:00", staff: BEN })];
    const gaps = pieces("primary", shifts, null, WEEK).filter(({ kind }) => kind === "gap");
    expect(gaps[1]).toMatchObject({
      start: Date.parse("2026-11-28T16:00:00Z"),
      end: Date.parse("2026-11-28T16:00:01Z"),
    });
  });

  test("gaps carry the reason that the coverage gives, each its own, and who accepted them", () => {
    const noon = "2026-11-28T00:00:00-08:00";
    const yes = { reason: "the county covers", by: "Eli Sample", at: "2026-11-20T10:00:00-08:00" };
    const known = coverage({
      gaps: [
        gap({ end: noon, reason: "Ana Ruiz is away" }),
        gap({ start: noon, accepted: yes }),
        gap({ tier: "backup", reason: "of another tier" }),
      ],
    });
    const gaps = pieces("primary", [], known, span(shift()));
    expect(gaps).toMatchObject([
      { reason: "Ana Ruiz is away", accepted: null },
      { reason: "nobody is named", accepted: yes },
    ]);
  });

  test("a shift knows the thin stretches it touches, of its own tier alone", () => {
    const known = coverage({
      thin: [
        thin(),
        thin({ tier: "backup" }),
        thin({ start: shift().end, end: "2026-11-29T08:00:00-08:00" }),
      ],
    });
    const [, piece] = pieces("primary", [shift()], known, WEEK);
    expect(piece).toMatchObject({ thin: [thin()] });
  });

  test("what reaches the edge of what was asked may go on beyond it", () => {
    const [piece] = pieces("primary", [shift()], null, span(shift()));
    expect(piece).toMatchObject({ begun: true, endless: true });
    const inner = pieces("primary", [shift()], null, WEEK)[1];
    expect(inner).toMatchObject({ begun: false, endless: false });
  });
});

describe("what a change does", () => {
  const ben = shift({ staff: BEN, why: "override" });
  const until = (end: string, who: Partial<Shift> = {}) => shift({ end, ...who });

  test("is told where somebody else would stand, in as few stretches as can be", () => {
    const midnight = "2026-11-28T00:00:00-08:00";
    const wouldBe = [until(midnight, { staff: BEN }), { ...ben, start: midnight, why: "swap" }];
    const found = differences({ primary: [shift()] }, { primary: wouldBe }, WEEK);
    expect(found).toEqual([{ tier: "primary", ...span(shift()), was: ANA, now: BEN }]);
  });

  test("names nobody where a gap opens or closes", () => {
    const opens = differences({ primary: [shift()] }, { primary: [] }, WEEK);
    const closes = differences({ primary: [] }, { primary: [shift()] }, WEEK);
    expect(opens).toMatchObject([{ was: ANA, now: null }]);
    expect(closes).toMatchObject([{ was: null, now: ANA }]);
  });

  test("is nothing where only the reason differs", () => {
    const other = shift({ why: "override" });
    expect(differences({ primary: [shift()] }, { primary: [other] }, WEEK)).toEqual([]);
  });

  test("is drawn within the horizon; before and after it stands what stands today", () => {
    const [from, to] = ["2026-11-27T20:00:00-08:00", "2026-11-28T02:00:00-08:00"];
    const drawn = redrawn({ primary: [shift()] }, { primary: [ben] }, from, to);
    expect(drawn.primary).toEqual([
      until(from),
      { ...ben, start: from, end: to },
      { ...shift(), start: to },
    ]);
  });

  test("without a would-be schedule it is drawn as gaps in today's", () => {
    const [from, to] = ["2026-11-27T20:00:00-08:00", "2026-11-28T02:00:00-08:00"];
    const holed = cutOut({ primary: [shift()], backup: [shift()] }, [
      gap({ start: from, end: to }),
    ]);
    expect(holed).toEqual({ primary: [until(from), shift({ start: to })], backup: [shift()] });
  });

  test("draws a shift as one where the horizon only passes through it", () => {
    const from = "2026-11-27T20:00:00-08:00";
    const same = { ...shift(), start: from };
    const drawn = redrawn({ primary: [shift()] }, { primary: [same] }, from, shift().end);
    expect(drawn.primary).toEqual([shift()]);
  });

  test("adds the gaps it opens in this team, and what it makes thin in place of what was", () => {
    const fresh = { ...thin({ reason: "Ben Okafor stands on backup too" }), team: "north" };
    const change = { tier: "primary", ...span(shift()), was: ANA, now: CLEO };
    const other = thin({ tier: "backup" });
    const found = wouldBeCoverage(
      coverage({ gaps: [gap({ tier: "backup" })], thin: [thin(), other] }),
      verdict({ opened: [opened(), opened({ team: "south" })], thin: [fresh] }),
      [change],
    );
    expect(found.gaps.map(({ tier }) => tier)).toEqual(["backup", "primary"]);
    expect(found.thin.map(({ reason }) => reason)).toEqual([other.reason, fresh.reason]);
  });
});
