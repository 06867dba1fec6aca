/** What part of the calendar the page shows, and how one gets to another. */

import {
  addDays,
  addMonths,
  calendarDays,
  firstOfMonth,
  monday,
  type CalendarDay,
  type Day,
  type Span,
} from "./days";

export type ViewName = "week" | "month";

/** A week or a month, named by any day in it. */
export interface View {
  name: ViewName;
  day: Day;
}

/** The same, where no day means today. */
export interface AskedView {
  name: ViewName;
  day: Day | null;
}

const DAY_PATTERN = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** The weeks to show, each from Monday to Sunday: one, or all that have a day in the month. */
export function weeks({ name, day }: View, zone: string): CalendarDay[][] {
  if (name === "week") return [calendarDays(monday(day), 7, zone)];
  const following = addMonths(day, 1);
  const shown: CalendarDay[][] = [];
  for (let first = monday(firstOfMonth(day)); first < following; first = addDays(first, 7)) {
    shown.push(calendarDays(first, 7, zone));
  }
  return shown;
}

/** The days of a view alone, without those that fill up its first and last week. */
export function ownDays(view: View, zone: string): CalendarDay[] {
  const month = firstOfMonth(view.day);
  return weeks(view, zone)
    .flat()
    .filter(({ day }) => view.name === "week" || firstOfMonth(day) === month);
}

/** From the first instant of the first day to the last of the last. */
export function spanOf(days: readonly CalendarDay[]): Span {
  return { start: days[0]?.start ?? 0, end: days.at(-1)?.end ?? 0 };
}

/** The view before (-1) or after (1). */
export function step({ name, day }: View, by: 1 | -1): View {
  return { name, day: name === "week" ? addDays(day, 7 * by) : addMonths(day, by) };
}

/** The view that an address's query asks for: `?view=week&day=2026-11-01`; else this month. */
export function readView(query: string): AskedView {
  const asked = new URLSearchParams(query);
  const day = asked.get("day") ?? "";
  return {
    name: asked.get("view") === "week" ? "week" : "month",
    day: DAY_PATTERN.test(day) && !Number.isNaN(Date.parse(day)) ? day : null,
  };
}

/** The query that asks for a view. */
export function writeView({ name, day }: AskedView): string {
  return `?${new URLSearchParams({ view: name, ...(day === null ? {} : { day }) })}`;
}
