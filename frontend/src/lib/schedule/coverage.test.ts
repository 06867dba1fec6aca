import { describe, expect, test } from "vitest";
import { acceptedGaps, gapKey, openGaps, reach, thinGroups } from "./coverage";
import { coverage, gap, thin } from "./samples";

const YES = { reason: "the county covers", by: "Eli Sample", at: "2026-11-20T10:00:00-08:00" };

test("accepted gaps are not open", () => {
  const both = coverage({ gaps: [gap(), gap({ tier: "backup", accepted: YES })] });
  expect(openGaps(both).map(({ tier }) => tier)).toEqual(["primary"]);
  expect(acceptedGaps(both).map(({ tier }) => tier)).toEqual(["backup"]);
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
