/** Stretches of whole days to report on; the last day belongs to them. */

import { addDays, addMonths, type Day } from "../schedule/days";

export interface Period {
  first: Day;
  last: Day;
}

/** What can be chosen by one click. */
export type NamedPeriod = "last_year" | "this_quarter" | "last_quarter";

export type PeriodName = NamedPeriod | "custom";

const MONTHS_A_QUARTER = 3;

/** The quarter in which a day lies. */
export function quarterOf(day: Day): Period {
  const month = Number(day.slice(5, 7));
  const first = addMonths(day, -((month - 1) % MONTHS_A_QUARTER));
  return { first, last: addDays(addMonths(first, MONTHS_A_QUARTER), -1) };
}

/** The quarter before the one in which a day lies. */
export function quarterBefore(day: Day): Period {
  return quarterOf(addDays(quarterOf(day).first, -1));
}

const DAYS_A_YEAR = 365;

/** The days of a year that ends with a day. */
export function yearUntil(day: Day): Period {
  return { first: addDays(day, 1 - DAYS_A_YEAR), last: day };
}

/** What is still wrong with a period, as a sentence; null when nothing is. */
export function periodFault({ first, last }: Period): string | null {
  if (!first || !last) return "Give the first and the last day.";
  return last < first ? "The last day must not be before the first." : null;
}

/** A quarter by its name: "2026, third quarter". */
export function quarterName({ first }: Period): string {
  const place = Math.floor((Number(first.slice(5, 7)) - 1) / MONTHS_A_QUARTER);
  return `${first.slice(0, 4)}, ${["first", "second", "third", "fourth"][place]} quarter`;
}
