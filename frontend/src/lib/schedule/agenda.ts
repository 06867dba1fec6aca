/** The same schedule as a list: day by day, tier by tier, who stands from when until when. */

import type { CalendarDay } from "./days";
import { overlap, type Piece } from "./lanes";

export interface AgendaDay extends CalendarDay {
  tiers: AgendaTier[];
}

export interface AgendaTier {
  tier: string;
  entries: AgendaEntry[];
}

/** A piece on one of its days; it may have begun on an earlier day and go on after this one. */
export interface AgendaEntry {
  piece: Piece;
  begunBefore: boolean;
  goesOn: boolean;
}

/** Every piece under each of the days on which it holds. */
export function agenda(
  days: readonly CalendarDay[],
  lanes: ReadonlyMap<string, readonly Piece[]>,
): AgendaDay[] {
  return days
    .filter((day) => day.end > day.start)
    .map((day) => ({
      ...day,
      tiers: [...lanes].map(([tier, all]) => ({
        tier,
        entries: all
          .filter((piece) => overlap(piece, day))
          .map((piece) => ({
            piece,
            begunBefore: piece.start < day.start,
            goesOn: piece.end > day.end,
          })),
      })),
    }));
}
