/** Reading a proof of coverage: what is open, what is new, what belongs together. */

import { instant } from "../time";
import { overlap, span, within, type Piece, type Stretch } from "./lanes";
import type { Acceptance, Coverage, Gap, Thin } from "./protocol";

/** The gaps that nobody has accepted. */
export function openGaps(coverage: Coverage): Gap[] {
  return coverage.gaps.filter(({ accepted }) => accepted === null);
}

/** A gap that a lead has accepted. */
export type Accepted = Gap & { accepted: Acceptance };

/** The gaps that a lead has accepted, the first to come first. */
export function acceptedGaps(coverage: Coverage): Accepted[] {
  return coverage.gaps
    .filter((gap): gap is Accepted => gap.accepted !== null)
    .toSorted((a, b) => instant(a.start) - instant(b.start));
}

/** How a team stands, by the worst that is known. */
export type Standing = "gap" | "accepted" | "thin" | "covered";

/** An accepted gap is a gap all the same: nobody will stand there. */
export function standingOf(coverage: Coverage): Standing {
  if (openGaps(coverage).length) return "gap";
  if (coverage.gaps.length) return "accepted";
  return coverage.thin.length ? "thin" : "covered";
}

/**
 * The whole of the gap to which a piece of a lane belongs, for its ends may be cut by what is drawn;
 * null when it is accepted, over, or beyond what the coverage knows.
 */
export function openGapAt(piece: Piece, coverage: Coverage): Gap | null {
  if (piece.kind !== "gap" || piece.accepted) return null;
  const about = (gap: Gap) => gap.tier === piece.tier && overlap(span(gap), piece);
  return openGaps(coverage).find(about) ?? null;
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
