/** What is compared between people: its names, its numbers in words, its order. */

import type { Person } from "../protocol";
import { names } from "../schedule/words";
import type { Carried } from "./protocol";

export const SHARED = ["hours", "nights", "weekends", "holidays", "shifts"] as const;
export const MEASURES = [...SHARED, "pages", "woken"] as const;
export type SharedMeasure = (typeof SHARED)[number];
export type Measure = (typeof MEASURES)[number];

interface Named {
  name: string;
  /** What one of it is; hours are the only ones that come in parts. */
  unit: string;
  about: string;
}

const NAMES: Record<Measure, Named> = {
  hours: { name: "Hours", unit: "h", about: "All hours on call." },
  nights: { name: "Nights", unit: "h", about: "Hours between 22:00 and 06:00." },
  weekends: { name: "Weekends", unit: "h", about: "Hours on Saturdays and Sundays." },
  holidays: { name: "Holidays", unit: "h", about: "Hours on public holidays." },
  shifts: { name: "Shifts", unit: "", about: "How many shifts the hours are made of." },
  pages: { name: "Pages", unit: "", about: "Text pages for this team's crises." },
  woken: {
    name: "Woken",
    unit: "",
    about: "Crises that rang or paged them between 22:00 and 06:00.",
  },
};

/** A measure as a column is headed. */
export function measureName(measure: Measure): string {
  return NAMES[measure].name;
}

/** What a measure counts, in a sentence. */
export function measureAbout(measure: Measure): string {
  return NAMES[measure].about;
}

/** A number without digits that mean nothing: 12, 12.5. */
export function numeral(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A number in a column: hours always with one digit after the point, so that they stand in line. */
export function cell(measure: Measure, value: number): string {
  return NAMES[measure].unit ? value.toFixed(1) : numeral(value);
}

/** A number with its unit: 12.5 h, 3. */
export function amount(measure: Measure, value: number): string {
  const { unit } = NAMES[measure];
  return unit ? `${numeral(value)} ${unit}` : numeral(value);
}

export type Column = "name" | Measure;

/** How a table is sorted. */
export interface Order {
  column: Column;
  descending: boolean;
}

/** The order after a click on a column's head: the other way round, or that column from its most. */
export function ordered(order: Order, column: Column): Order {
  if (order.column === column) return { column, descending: !order.descending };
  return { column, descending: column !== "name" };
}

/** People in an order; those with equal numbers by name. */
export function sorted(people: readonly Carried[], { column, descending }: Order): Carried[] {
  const way = descending ? -1 : 1;
  return people.toSorted((a, b) => {
    if (column === "name") return way * byName(a.staff, b.staff);
    return way * (a[column] - b[column]) || byName(a.staff, b.staff);
  });
}

function byName(a: Person, b: Person): number {
  return a.name.localeCompare(b.name, "en");
}

/** How one measure is spread over people: all of it, the mean, and who differs most. */
export interface Spread {
  total: number;
  mean: number;
  most: Extreme;
  least: Extreme;
}

/** The most or the least of a measure, and everybody who has as much, as far as it is told. */
export interface Extreme {
  people: Person[];
  value: number;
}

/** How `value` is spread; null over nobody. */
export function spread<T extends { staff: Person }>(
  people: readonly T[],
  value: (one: T) => number,
): Spread | null {
  const carried = people
    .map((one) => ({ staff: one.staff, value: value(one) }))
    .toSorted((a, b) => b.value - a.value || byName(a.staff, b.staff));
  const [most, least] = [carried[0]?.value, carried.at(-1)?.value];
  if (most === undefined || least === undefined) return null;
  const extreme = (much: number): Extreme => ({
    people: carried
      .filter((one) => numeral(one.value) === numeral(much))
      .map(staffOf)
      .toSorted(byName),
    value: much,
  });
  const total = carried.reduce((sum, { value }) => sum + value, 0);
  return { total, mean: total / carried.length, most: extreme(most), least: extreme(least) };
}

function staffOf({ staff }: { staff: Person }): Person {
  return staff;
}

/** How far apart the most and the least are. */
export function gapBetween({ most, least }: Spread): number {
  return most.value - least.value;
}

/** What a chart shows, for whoever doesn't see it. */
export function spreadSentence(measure: Measure, found: Spread | null): string {
  if (!found || found.total === 0) return `${measureName(measure)}: nobody has any.`;
  const { mean, most, least } = found;
  if (numeral(most.value) === numeral(least.value)) {
    return `${measureName(measure)}: everybody has ${amount(measure, mean)}.`;
  }
  return (
    `${measureName(measure)}: ${who(most)} ${most.people.length > 1 ? "have" : "has"} the most ` +
    `with ${amount(measure, most.value)}, ` +
    `${who(least)} the least with ${amount(measure, least.value)}; ` +
    `the mean is ${amount(measure, mean)}.`
  );
}

/** One or two by name, more by their number. */
function who({ people }: Extreme): string {
  return people.length > 2 ? `${people.length} people` : names(people);
}
