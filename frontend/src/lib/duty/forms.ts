/** What people write about being away. */

import { staffUrl, stretchFault, type Change } from "../schedule/changes";
import { addDays, toInstant, type Day, type Span } from "../schedule/days";
import { span } from "../schedule/lanes";

/** Whole days, or instants with an offset; texts are empty until they are known. */
export interface AwayForm {
  by: "days" | "times";
  first: Day;
  last: Day;
  start: string;
  end: string;
}

/** A form with nothing in it. */
export function emptyAway(): AwayForm {
  return { by: "days", first: "", last: "", start: "", end: "" };
}

/** What is still wrong with time off, as a sentence; null when nothing is. */
export function awayFault({ by, first, last, ...times }: AwayForm): string | null {
  if (by === "times") return stretchFault(times);
  if (!first || !last) return "Give the first and the last day.";
  return last < first ? "The last day must not be before the first." : null;
}

/** The time off that a form without a fault means; whole days are those of `zone`. */
export function awaySpan({ by, first, last, ...times }: AwayForm, zone: string): Span {
  if (by === "times") return span(times);
  return { start: toInstant(first, zone), end: toInstant(addDays(last, 1), zone) };
}

/** Writes time off without a fault. Whole days are those of `team`, or of their first one. */
export function awayChange(staff: string, team: string | null, form: AwayForm): Change {
  const { by, first, last, start, end } = form;
  const days = { first_day: first, last_day: last, ...(team === null ? {} : { team }) };
  const body = by === "times" ? { start, end } : days;
  return { method: "POST", url: staffUrl(staff, "time-off"), body };
}
