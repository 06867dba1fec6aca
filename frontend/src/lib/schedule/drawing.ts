/** A team's schedule as it is drawn: as it is, or as it would be with a change somebody looks at. */

import {
  cutOut,
  differences,
  pieces,
  redrawn,
  span,
  wouldBeCoverage,
  type Difference,
  type Piece,
} from "./lanes";
import type { Span } from "./days";
import type { Coverage, Rota, Tiers, Verdict } from "./protocol";

/** What the service has told of a team when it was asked for `window`. */
export interface Told {
  rota: Pick<Rota, "team" | "ladder">;
  window: Span;
  tiers: Tiers;
  coverage: Coverage;
}

export interface Drawing {
  /** All of each tier, from the foot of the ladder. */
  lanes: ReadonlyMap<string, Piece[]>;
  /** What would change. */
  changes: Difference[];
}

/**
 * Draw what is told; with a verdict, as it would be. `without` is who stands without the change,
 * over the same time as the verdict's schedule.
 */
export function draw(told: Told, verdict: Verdict | null, without: Tiers | null): Drawing {
  const tiers = verdict ? wouldBeTiers(told, verdict) : told.tiers;
  const changes = verdict ? changesOf(told, tiers, verdict, without) : [];
  const coverage = verdict ? wouldBeCoverage(told.coverage, verdict, changes) : told.coverage;
  const lanes = told.rota.ladder.map(
    ({ tier }) => [tier, pieces(tier, tiers[tier] ?? [], coverage, told.window)] as const,
  );
  return { lanes: new Map(lanes), changes };
}

function wouldBeTiers({ rota, tiers }: Told, { from, to, schedule, opened }: Verdict): Tiers {
  if (from && to && schedule) return redrawn(tiers, schedule, from, to);
  return cutOut(
    tiers,
    opened.filter((gap) => gap.team === rota.team),
  );
}

/** Over the whole horizon where the verdict tells it, else within what is drawn. */
function changesOf(
  { tiers, window }: Told,
  wouldBe: Tiers,
  { from, to, schedule }: Verdict,
  without: Tiers | null,
): Difference[] {
  if (from && to && schedule && without) {
    return differences(without, schedule, span({ start: from, end: to }));
  }
  return differences(tiers, wouldBe, window);
}
