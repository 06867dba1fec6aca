import { describe, expect, test } from "vitest";
import { BEN } from "../samples";
import { calendarDays } from "./days";
import { draw, type Told } from "./drawing";
import { span } from "./lanes";
import { coverage, opened, PORTLAND, shift, verdict } from "./samples";
import { spanOf } from "./view";

const rung = (tier: string) => ({ tier, ring_seconds: 20, page_seconds: 120 });
const TOLD: Told = {
  rota: { team: "north", ladder: [rung("primary"), rung("backup")] },
  window: spanOf(calendarDays("2026-11-27", 2, PORTLAND)),
  tiers: { primary: [shift()], backup: [] },
  coverage: coverage(),
};
const HORIZON = { from: "2026-11-22T10:00:00-08:00", to: "2027-02-20T10:00:00-08:00" };
const FAR = { start: "2027-01-01T17:00:00-08:00", end: "2027-01-02T08:00:00-08:00" };

test("without a change everything is drawn as it is, every tier of the ladder", () => {
  const { lanes, changes } = draw(TOLD, null, null);
  expect([...lanes.keys()]).toEqual(["primary", "backup"]);
  expect(lanes.get("primary")?.map(({ kind }) => kind)).toEqual(["gap", "shift", "gap"]);
  expect(lanes.get("backup")).toMatchObject([{ kind: "gap", ...TOLD.window }]);
  expect(changes).toEqual([]);
});

describe("with a change", () => {
  test("the would-be schedule is drawn, and changes are told beyond what is drawn", () => {
    const later = shift({ ...FAR });
    const primary = [shift({ staff: BEN }), { ...later, staff: BEN }];
    const tried = verdict({ ...HORIZON, schedule: { primary, backup: [] } });
    const { lanes, changes } = draw(TOLD, tried, { primary: [shift(), later], backup: [] });
    expect(lanes.get("primary")?.[1]).toMatchObject({ shift: { staff: BEN } });
    expect(changes.map(({ start }) => start)).toEqual([span(shift()).start, span(later).start]);
  });

  test("of which only the gaps are known, these are drawn", () => {
    const tried = verdict({ opened: [opened(), opened({ team: "south", tier: "backup" })] });
    const { lanes, changes } = draw(TOLD, tried, null);
    expect(lanes.get("primary")?.every(({ kind }) => kind === "gap")).toBe(true);
    expect(changes).toMatchObject([{ tier: "primary", was: shift().staff, now: null }]);
  });
});
