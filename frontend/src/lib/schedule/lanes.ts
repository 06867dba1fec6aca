/**
 * Where things stand on a lane: one tier over a stretch of time, drawn to scale.
 *
 * Places follow from instants alone, never from wall-clock hours, so a day of 23 or 25 hours is as
 * much narrower or wider as it is shorter or longer.
 */

import type { Person, Time } from "../protocol";
import { instant } from "../time";
import type { Span } from "./days";
import type { Acceptance, Coverage, Gap, Shift, Thin, Tiers, Verdict } from "./protocol";

/** From where to where on the lane, in percent of its width. */
export interface Place {
  left: number;
  width: number;
}

/** A stretch of which more may lie outside of what was asked for. */
export interface Stretch extends Span {
  /** It had begun before; nobody knows here when. */
  begun?: boolean;
  /** It goes on; nobody knows here until when. */
  endless?: boolean;
}

/** A stretch of a lane in which somebody stands, or nobody does. */
export type Piece = ShiftPiece | GapPiece;

export interface ShiftPiece extends Stretch {
  kind: "shift";
  tier: string;
  shift: Shift;
  thin: readonly Thin[];
}

export interface GapPiece extends Stretch {
  kind: "gap";
  tier: string;
  /** Empty where it is not known. */
  reason: string;
  accepted: Acceptance | null;
}

/** The instants of something that the service told with times. */
export function span({ start, end }: { start: Time; end: Time }): Span {
  return { start: instant(start), end: instant(end) };
}

/** Something that the service told when it was asked for `window`: at its edges it may be cut. */
export function within(one: { start: Time; end: Time }, window: Span): Stretch {
  const { start, end } = span(one);
  return { start, end, begun: start <= window.start, endless: end >= window.end };
}

/** A gap that a change would open, as far as its verdict knows it: from now to the horizon. */
export function reached(
  one: { start: Time; end: Time },
  { from, to }: Pick<Verdict, "from" | "to">,
): Stretch {
  return from && to ? within(one, span({ start: from, end: to })) : span(one);
}

/** Whether two stretches share an instant. */
export function overlap(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end;
}

/** The part of `one` within `window`. */
export function clip(one: Span, window: Span): Span {
  return { start: Math.max(one.start, window.start), end: Math.min(one.end, window.end) };
}

/** Where a stretch stands in a window; what lies outside of the window is cut off. */
export function place(one: Span, window: Span): Place {
  const { start, end } = clip(one, window);
  const whole = window.end - window.start;
  return {
    left: (100 * (start - window.start)) / whole,
    width: (100 * Math.max(0, end - start)) / whole,
  };
}

/**
 * All of a tier within a window, in order and without a hole: its shifts, and between them gaps.
 * A gap that the coverage does not know of yet is shown all the same. `window` is what the service
 * was asked for.
 */
export function pieces(
  tier: string,
  shifts: readonly Shift[],
  coverage: Pick<Coverage, "gaps" | "thin"> | null,
  window: Span,
): Piece[] {
  const gaps = coverage?.gaps.filter((gap) => gap.tier === tier) ?? [];
  const thin = coverage?.thin.filter((one) => one.tier === tier) ?? [];
  const found: Piece[] = [];
  let from = window.start;
  for (const shift of shifts) {
    const stands = within(shift, window);
    if (stands.start > from) found.push(...gapPieces(tier, from, stands.start, gaps, window));
    const about = thin.filter((one) => overlap(span(one), stands));
    found.push({ kind: "shift", tier, ...stands, shift, thin: about });
    from = Math.max(from, stands.end);
  }
  if (from < window.end) found.push(...gapPieces(tier, from, window.end, gaps, window));
  return found;
}

/** A hole between shifts, cut where one gap of the coverage ends and another begins. */
function gapPieces(
  tier: string,
  start: number,
  end: number,
  gaps: readonly Gap[],
  window: Span,
): GapPiece[] {
  const found: GapPiece[] = [];
  let from = start;
  const fill = (until: number, gap?: Gap) => {
    if (until <= from) return;
    found.push({
      kind: "gap",
      tier,
      start: from,
      end: until,
      begun: from <= window.start,
      endless: until >= window.end,
      reason: gap?.reason ?? "",
      accepted: gap?.accepted ?? null,
    });
    from = until;
  };
  for (const gap of gaps) {
    const known = clip(span(gap), { start, end });
    if (known.start >= known.end) continue;
    fill(known.start);
    fill(known.end, gap);
  }
  fill(end);
  return found;
}

/**
 * What a piece of a lane is known by from one drawing to the next, so that what has the focus keeps
 * it. Of one that had begun before the window, the start is only where the window cuts it: with
 * another window it is the same piece still.
 */
export function keyOf({ start, begun }: Piece): number | "begun" {
  return begun ? "begun" : start;
}

/** The schedule as it would be: within a window `wouldBe`, before and after it today's. */
export function redrawn(today: Tiers, wouldBe: Tiers, from: Time, to: Time): Tiers {
  const window = span({ start: from, end: to });
  return Object.fromEntries(
    Object.entries(today).map(([tier, shifts]) => {
      const before = cut(shifts, { start: -Infinity, end: window.start }, "", from);
      const within = cut(wouldBe[tier] ?? [], window, from, to);
      const after = cut(shifts, { start: window.end, end: Infinity }, to, "");
      return [tier, joined([...before, ...within, ...after])];
    }),
  );
}

/** The schedule without those who stand in these gaps: all that is known where no other is told. */
export function cutOut(today: Tiers, gaps: readonly Pick<Gap, "tier" | "start" | "end">[]): Tiers {
  const tiers = { ...today };
  for (const { tier, start, end } of gaps) {
    const around = span({ start, end });
    tiers[tier] = [
      ...cut(tiers[tier] ?? [], { start: -Infinity, end: around.start }, "", start),
      ...cut(tiers[tier] ?? [], { start: around.end, end: Infinity }, end, ""),
    ];
  }
  return tiers;
}

/** The parts of shifts within a window, whose own edges are `from` and `to`. */
function cut(shifts: readonly Shift[], window: Span, from: Time, to: Time): Shift[] {
  return shifts
    .filter((shift) => overlap(span(shift), window))
    .map((shift) => ({
      ...shift,
      start: instant(shift.start) < window.start ? from : shift.start,
      end: instant(shift.end) > window.end ? to : shift.end,
    }));
}

/** Shifts that a cut has parted become one again. */
function joined(shifts: readonly Shift[]): Shift[] {
  const found: Shift[] = [];
  for (const shift of shifts) {
    const last = found.at(-1);
    const same = last?.staff.id === shift.staff.id && last.why === shift.why;
    if (last && same && instant(last.end) === instant(shift.start)) last.end = shift.end;
    else found.push({ ...shift });
  }
  return found;
}

/** A stretch in which somebody else would stand than stands today; null is nobody. */
export interface Difference extends Span {
  tier: string;
  was: Person | null;
  now: Person | null;
}

/** Where two schedules of the same tiers differ within a window, tier by tier and in order. */
export function differences(today: Tiers, wouldBe: Tiers, window: Span): Difference[] {
  return Object.keys(wouldBe).flatMap((tier) =>
    tierDifferences(tier, today[tier] ?? [], wouldBe[tier] ?? [], window),
  );
}

function tierDifferences(
  tier: string,
  today: readonly Shift[],
  wouldBe: readonly Shift[],
  window: Span,
): Difference[] {
  const edges = [...today, ...wouldBe]
    .flatMap((shift) => [instant(shift.start), instant(shift.end)])
    .filter((at) => window.start < at && at < window.end);
  const cuts = [...new Set([window.start, ...edges, window.end])].sort((a, b) => a - b);
  const found: Difference[] = [];
  const [before, after] = [holders(today), holders(wouldBe)];
  for (const [index, start] of cuts.slice(0, -1).entries()) {
    const [was, now] = [before(start), after(start)];
    if (was?.id === now?.id) continue;
    const end = cuts[index + 1] ?? start;
    const last = found.at(-1);
    if (last?.end === start && last.was?.id === was?.id && last.now?.id === now?.id) last.end = end;
    else found.push({ tier, start, end, was, now });
  }
  return found;
}

/** Who stands at an instant, for instants asked in order. */
function holders(shifts: readonly Shift[]): (at: number) => Person | null {
  let index = 0;
  return (at) => {
    while (index < shifts.length && instant(shifts[index]?.end ?? "") <= at) index += 1;
    const shift = shifts[index];
    return shift && instant(shift.start) <= at ? shift.staff : null;
  };
}

/** A team's coverage as it would be: with the gaps that a change opens, and what it makes thin. */
export function wouldBeCoverage(
  today: Pick<Coverage, "team" | "gaps" | "thin">,
  verdict: Pick<Verdict, "opened" | "thin">,
  changes: readonly Difference[],
): Pick<Coverage, "gaps" | "thin"> {
  const changed = (thin: Thin) =>
    changes.some((change) => change.tier === thin.tier && overlap(change, span(thin)));
  const opened = verdict.opened
    .filter((gap) => gap.team === today.team)
    .map(({ tier, start, end, reason }): Gap => ({ tier, start, end, reason, accepted: null }));
  const thin = verdict.thin
    .filter((one) => one.team === today.team)
    .map((one): Thin => ({ ...one, who: [] }));
  return {
    gaps: [...today.gaps, ...opened].sort((a, b) => instant(a.start) - instant(b.start)),
    thin: [...today.thin.filter((one) => !changed(one)), ...thin],
  };
}
