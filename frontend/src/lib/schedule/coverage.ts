/** Reading a proof of coverage: what is open, what is new, what belongs together. */

import { instant } from "../time";
import { within, type Stretch } from "./lanes";
import type { Coverage, Gap, Thin } from "./protocol";

/** The gaps that nobody has accepted. */
export function openGaps(coverage: Coverage): Gap[] {
  return coverage.gaps.filter(({ accepted }) => accepted === null);
}

/** The gaps that a lead has accepted. */
export function acceptedGaps(coverage: Coverage): Gap[] {
  return coverage.gaps.filter(({ accepted }) => accepted !== null);
}

/** A gap or thin stretch as far as the coverage knows it: it may have begun before, or go on. */
export function reach(one: Gap | Thin, { from, to }: Coverage): Stretch {
  return within(one, { start: instant(from), end: instant(to) });
}

/**
 * What tells gaps apart while time passes: one that has begun always starts "now", and the horizon
 * moves on.
 */
export function gapKey(gap: Gap, coverage: Coverage): string {
  const { start, end, begun, endless } = reach(gap, coverage);
  return JSON.stringify([gap.tier, begun ? "" : start, endless ? "" : end, gap.accepted !== null]);
}

/** Thin stretches of one tier for one reason: the first of them, and how many there are. */
export interface ThinGroup<T> {
  first: T;
  count: number;
}

/** The same reason comes back week by week; it is said once, in the order of the first time. */
export function thinGroups<T extends Pick<Thin, "tier" | "kind" | "reason">>(
  thin: readonly T[],
): ThinGroup<T>[] {
  const groups = new Map<string, ThinGroup<T>>();
  for (const one of thin) {
    const key = JSON.stringify([one.tier, one.kind, one.reason]);
    const group = groups.get(key);
    if (group) group.count += 1;
    else groups.set(key, { first: one, count: 1 });
  }
  return [...groups.values()];
}
