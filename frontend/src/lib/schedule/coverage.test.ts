import { describe, expect, test } from "vitest";
import {
  acceptedGaps,
  gapKey,
  openGapAt,
  openGaps,
  reach,
  standingOf,
  thinGroups,
} from "./coverage";
import { span, type GapPiece } from "./lanes";
import type { Gap } from "./protocol";
import { coverage, gap, thin } from "./samples";

const YES = { reason: "the county covers", by: "Eli Sample", at: "2026-11-20T10:00:00-08:00" };

test("accepted gaps are not open", () => {
  const both = coverage({ gaps: [gap(), gap({ tier: "backup", accepted: YES })] });
  expect(openGaps(both).map(({ tier }) => tier)).toEqual(["primary"]);
  expect(acceptedGaps(both).map(({ tier }) => tier)).toEqual(["backup"]);
});

test("a team is called covered only when nobody's yes is needed for it", () => {
  const accepted = gap({ accepted: YES });
  const standing = (gaps: Gap[], thins = [thin()]) => standingOf(coverage({ gaps, thin: thins }));
  expect(standing([accepted, gap({ tier: "backup" })])).toBe("gap");
  expect(standing([accepted])).toBe("accepted");
  expect(standing([])).toBe("thin");
  expect(standing([], [])).toBe("covered");
});

test("of the accepted gaps the first to come is the first, on whatever tier", () => {
  const later = gap({ accepted: YES });
  const sooner = gap({ tier: "backup", start: "2026-11-26T17:00:00-08:00", accepted: YES });
  expect(acceptedGaps(coverage({ gaps: [later, sooner] }))).toEqual([sooner, later]);
});

describe("a piece of a gap that the window cuts", () => {
  const month = gap({ end: "2027-01-28T08:00:00-08:00" });
  const week = { start: "2026-12-07T00:00:00-08:00", end: "2026-12-14T00:00:00-08:00" };
  const piece: GapPiece = {
    ...{ kind: "gap", tier: "primary", ...span(week), begun: true, endless: true },
    ...{ reason: month.reason, accepted: null },
  };

  test("belongs to the whole gap as the coverage knows it", () => {
    const known = coverage({ gaps: [gap({ tier: "backup" }), month] });
    expect(openGapAt(piece, known)).toEqual(month);
  });

  test("belongs to none that could be accepted when it is accepted, over or far away", () => {
    expect(openGapAt({ ...piece, accepted: YES }, coverage({ gaps: [month] }))).toBeNull();
    expect(openGapAt(piece, coverage({ gaps: [{ ...month, accepted: YES }] }))).toBeNull();
    expect(openGapAt(piece, coverage({ gaps: [gap()] }))).toBeNull();
  });
});

describe("as time passes", () => {
  const at = (from: string, to: string) =>
    coverage({ from, to, gaps: [gap({ start: from, end: to })], thin: [thin({ start: from })] });
  const before = at("2026-11-22T10:00:00-08:00", "2027-02-20T10:00:00-08:00");
  const after = at("2026-11-22T10:00:30-08:00", "2027-02-20T10:00:30-08:00");

  test("a gap that has begun and never ends stays the same gap", () => {
    const [was, is] = [before, after].map((one) => gapKey(one.gaps[0] ?? gap(), one));
    expect(was).toBe(is);
  });

  test("a gap of another tier or time, or an acceptance taken back, is another", () => {
    const known = gapKey(gap(), after);
    expect(gapKey(gap({ tier: "backup" }), after)).not.toBe(known);
    expect(gapKey(gap({ end: after.to }), after)).not.toBe(known);
    expect(gapKey(gap({ accepted: YES }), after)).not.toBe(known);
  });

  test("it is known that it had begun and that it goes on", () => {
    expect(reach(gap({ start: before.from }), before)).toMatchObject({
      begun: true,
      endless: false,
    });
    expect(reach(gap({ end: before.to }), before)).toMatchObject({ begun: false, endless: true });
  });
});

test("what is thin for the same reason week by week is said once", () => {
  const groups = thinGroups([
    thin(),
    thin({ tier: "backup" }),
    thin({ start: "2026-12-04T17:00:00-08:00", end: "2026-12-05T08:00:00-08:00" }),
  ]);
  expect(groups.map(({ first, count }) => [first.tier, count])).toEqual([
    ["primary", 2],
    ["backup", 1],
  ]);
  expect(groups[0]?.first).toEqual(thin());
});
