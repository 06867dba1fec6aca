import { expect, test } from "vitest";
import { ANA, BEN } from "../samples";
import type { Shift, Stint } from "../schedule/protocol";
import { begunIn, changedPart, compare, planWindow, weeksOf, within } from "./compare";
import type { Result } from "./protocol";

const ZONE = "America/Los_Angeles";
const HOUR = 3_600_000;
const LADDER = ["primary", "backup"];

const stint = (staff: typeof ANA, start: string, end: string): Stint => ({ staff, start, end });
const shift = (...told: Parameters<typeof stint>): Shift => ({
  ...stint(...told),
  why: "rotation",
});

/** Two days of one tier: today Ana alone, with a hole at the end; the draft shares them. */
const result: Pick<Result, "draft" | "today"> = {
  today: {
    tiers: {
      primary: [shift(ANA, "2026-11-30T08:00:00-08:00", "2026-12-01T20:00:00-08:00")],
    },
  },
  draft: {
    tiers: {
      primary: [
        stint(ANA, "2026-11-30T08:00:00-08:00", "2026-12-01T08:00:00-08:00"),
        stint(BEN, "2026-12-01T08:00:00-08:00", "2026-12-02T08:00:00-08:00"),
      ],
    },
  },
};

test("where somebody else would stand is marked with who stands there today", () => {
  const [tier] = compare(result, LADDER);
  expect(tier?.draft.map(({ staff, changed, was }) => [staff?.id, changed, was?.id])).toEqual([
    ["ana", false, undefined],
    ["ben", true, "ana"],
    ["ben", true, undefined],
  ]);
  expect(tier?.today.map(({ staff, changed }) => [staff?.id, changed])).toEqual([
    ["ana", false],
    ["ana", true],
    [undefined, true],
  ]);
});

test("turns have no hole between them, and half of the time is changed", () => {
  const window = planWindow(result);
  const tiers = compare(result, LADDER);
  for (const lane of [tiers[0]?.today ?? [], tiers[0]?.draft ?? []]) {
    expect(lane[0]?.start).toBe(window.start);
    expect(lane.at(-1)?.end).toBe(window.end);
    for (const [index, turn] of lane.slice(1).entries()) expect(turn.start).toBe(lane[index]?.end);
  }
  expect(changedPart(tiers, window)).toBe(0.5);
});

test("tiers stand in the order of the ladder, however they came", () => {
  const [stints = []] = Object.values(result.draft.tiers);
  const draft = { tiers: { backup: stints, primary: stints } };
  const tiers = compare({ draft, today: { tiers: {} } }, LADDER);
  expect(tiers.map(({ tier }) => tier)).toEqual(LADDER);
});

test("a draft that is today's rota changes nothing", () => {
  const same = { draft: { tiers: result.today.tiers }, today: result.today };
  expect(changedPart(compare(same, LADDER), planWindow(same))).toBe(0);
});

test("the week in which the clocks go back is an hour longer than others", () => {
  const weeks = weeksOf(
    {
      start: Date.parse("2026-10-26T08:00:00-07:00"),
      end: Date.parse("2026-11-09T08:00:00-08:00"),
    },
    ZONE,
  );
  expect(weeks.map(({ start, end }) => (end - start) / HOUR)).toEqual([169, 168, 168]);
  expect(weeks.map(({ days }) => days[0]?.day)).toEqual(["2026-10-26", "2026-11-02", "2026-11-09"]);
});

test("a turn over midnight on Sunday is drawn in both weeks and listed in the first", () => {
  const turn = {
    start: Date.parse("2026-12-06T20:00:00-08:00"),
    end: Date.parse("2026-12-07T08:00:00-08:00"),
    staff: ANA,
    changed: false,
    was: null,
  };
  const weeks = weeksOf(turn, ZONE);
  expect(weeks.map((week) => within([turn], week).map(({ start, end }) => end - start))).toEqual([
    [4 * HOUR],
    [8 * HOUR],
  ]);
  expect(weeks.map((week) => begunIn([turn], week).length)).toEqual([1, 0]);
});
