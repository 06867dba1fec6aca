/** What people would carry with a draft, beside what they carry with today's rota. */

import { amount, measureName } from "../fairness/measures";
import type { Compared, Result } from "./protocol";

export const COMPARED = ["hours", "nights", "weekends", "holidays"] as const;
export type ComparedMeasure = (typeof COMPARED)[number];

export interface BeforeAndAfter {
  before: number;
  after: number;
}

/** One person's measure with either rota, on top of the past quarter if that counts too. */
export function carried(one: Compared, measure: ComparedMeasure, past: boolean): BeforeAndAfter {
  const soFar = past ? one.past[measure] : 0;
  return { before: soFar + one.before[measure], after: soFar + one.after[measure] };
}

/** How fair either rota is, for whoever doesn't see the bars. The past quarter counts. */
export function spreadSentence(spread: Result["spread"], measure: ComparedMeasure): string {
  const [before, after] = [spread.before[measure], spread.after[measure]];
  const apart = `${measureName(measure)}: with the draft equals are ${amount(measure, after)} apart`;
  const today = before === after ? "as today" : `${amount(measure, before)} today`;
  return `${apart} at most, ${today}, the past quarter included.`;
}
