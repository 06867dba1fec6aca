/** A draft beside today's rota: week by week, day by day, and where the two differ. */

import type { Person } from "../protocol";
import type { CalendarDay, Span } from "../schedule/days";
import { addDays, calendarDays, dayAt, monday, toInstant } from "../schedule/days";
import { clip, differences, overlap, span, type Difference } from "../schedule/lanes";
import type { Shift, Tiers } from "../schedule/protocol";
import { instant } from "../time";
import type { Result } from "./protocol";

/** A stretch in which one person, or nobody, stands; `was` is who stands in it today. */
export interface Turn extends Span {
  staff: Person | null;
  changed: boolean;
  was: Person | null;
}

export interface ComparedTier {
  tier: string;
  /** Today's rota, cut where it or the draft hands off. */
  today: Turn[];
  draft: Turn[];
  differences: Difference[];
}

/** The time that a plan is about: from its first handoff to its last. */
export function planWindow({ draft, today }: Pick<Result, "draft" | "today">): Span {
  const stints = Object.values(draft.tiers).flat();
  const shown = stints.length ? stints : Object.values(today.tiers).flat();
  return {
    start: Math.min(...shown.map(({ start }) => instant(start))),
    end: Math.max(...shown.map(({ end }) => instant(end))),
  };
}

/** Every tier of a draft beside what stands today, in the order of the ladder. */
export function compare(
  { draft, today }: Pick<Result, "draft" | "today">,
  ladder: readonly string[],
): ComparedTier[] {
  const window = planWindow({ draft, today });
  const wouldBe: Tiers = Object.fromEntries(
    Object.entries(draft.tiers).map(([tier, stints]) => [
      tier,
      stints.map((stint): Shift => ({ ...stint, why: "" })),
    ]),
  );
  const found = differences(today.tiers, wouldBe, window);
  const tiers = Object.keys(wouldBe).sort((a, b) => ladder.indexOf(a) - ladder.indexOf(b));
  return tiers.map((tier) => {
    const [now, then] = [today.tiers[tier] ?? [], wouldBe[tier] ?? []];
    const own = found.filter((difference) => difference.tier === tier);
    return {
      tier,
      today: turns(now, own, window),
      draft: turns(then, own, window),
      differences: own,
    };
  });
}

/** A schedule as turns without a hole, cut where differences begin and end. */
function turns(shifts: readonly Shift[], found: readonly Difference[], window: Span): Turn[] {
  const spans = shifts.map(span);
  const edges = [...spans, ...found]
    .flatMap(({ start, end }) => [start, end])
    .filter((at) => window.start < at && at < window.end);
  const cuts = [...new Set([window.start, ...edges, window.end])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1] ?? start;
    const staff = shifts[spans.findIndex((one) => one.start <= start && start < one.end)]?.staff;
    const difference = found.find((one) => overlap(one, { start, end }));
    return {
      start,
      end,
      staff: staff ?? null,
      changed: difference !== undefined,
      was: difference?.was ?? null,
    };
  });
}

/** One week of a comparison, drawn to the same scale from Monday to Sunday. */
export interface Week extends Span {
  days: CalendarDay[];
}

/** The weeks of a stretch of time, each from Monday to Sunday by the clock in `zone`. */
export function weeksOf(window: Span, zone: string): Week[] {
  const weeks: Week[] = [];
  const last = dayAt(window.end - 1, zone);
  for (let first = monday(dayAt(window.start, zone)); first <= last; first = addDays(first, 7)) {
    const days = calendarDays(first, 7, zone);
    weeks.push({ days, start: toInstant(first, zone), end: toInstant(addDays(first, 7), zone) });
  }
  return weeks;
}

/** The turns that hold in a stretch, cut off at its edges. */
export function within(all: readonly Turn[], window: Span): Turn[] {
  return all
    .filter((turn) => overlap(turn, window))
    .map((turn) => ({ ...turn, ...clip(turn, window) }));
}

/** The turns that begin in a week; one that goes on from the week before was told there. */
export function begunIn(all: readonly Turn[], window: Span): Turn[] {
  return all.filter(({ start }) => window.start <= start && start < window.end);
}

/** How much of the time somebody else would stand, from 0 to 1. */
export function changedPart(tiers: readonly ComparedTier[], window: Span): number {
  const whole = (window.end - window.start) * tiers.length;
  const changed = tiers
    .flatMap(({ differences: found }) => found)
    .reduce((sum, { start, end }) => sum + (end - start), 0);
  return whole ? changed / whole : 0;
}
