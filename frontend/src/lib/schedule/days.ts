/**
 * Calendar days and wall-clock times of a time zone as instants, and back.
 *
 * A day of a zone has 23, 24 or 25 hours, and here and there another length: nothing but the zone's
 * own rules, as the browser knows them, says when it begins.
 */

/** A date without a zone: 2026-11-01. */
export type Day = string;

/** A wall-clock time without a zone: 2026-11-01T01:30, with seconds where there are any. */
export type Wall = string;

/** A day of a zone: from `start` until before `end`, in milliseconds since 1970 (UTC). */
export interface CalendarDay {
  day: Day;
  start: number;
  end: number;
}

export interface Span {
  start: number;
  end: number;
}

const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const DATE_LENGTH = 10;

/** Since 1973 every zone has changed its clocks at a whole quarter of an hour. */
const QUARTER = 15 * MINUTE;

/** A zone's clock, and how far it was ahead of UTC in the quarters asked for: asking it is slow. */
interface Clock {
  format: Intl.DateTimeFormat;
  offsets: Map<number, number>;
}

const clocks = new Map<string, Clock>();

function clockOf(zone: string): Clock {
  let clock = clocks.get(zone);
  if (!clock) {
    const two = "2-digit";
    const date = { year: "numeric", month: two, day: two } as const;
    const time = { hour: two, minute: two, second: two, hourCycle: "h23" } as const;
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, ...date, ...time });
    clock = { format, offsets: new Map() };
    clocks.set(zone, clock);
  }
  return clock;
}

/** How far the zone's clock is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(at: number, zone: string): number {
  const { format, offsets } = clockOf(zone);
  const quarter = Math.floor(at / QUARTER) * QUARTER;
  let offset = offsets.get(quarter);
  if (offset === undefined) {
    offset = shownBy(format, quarter) - quarter;
    offsets.set(quarter, offset);
  }
  return offset;
}

/** What a clock shows at an instant, as if it were UTC. */
function shownBy(format: Intl.DateTimeFormat, at: number): number {
  const parts = format.formatToParts(at);
  const get = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  const [month, day] = [get("month") - 1, get("day")];
  return Date.UTC(get("year"), month, day, get("hour"), get("minute"), get("second"));
}

/** The wall clock of a zone at an instant, as if it were UTC, in milliseconds. */
function wallMs(at: number, zone: string): number {
  return at + offsetAt(at, zone);
}

/** The wall clock of a zone at an instant. */
export function wallAt(at: number, zone: string): Wall {
  const text = new Date(wallMs(at, zone)).toISOString();
  return text.endsWith(":00.000Z") ? text.slice(0, 16) : text.slice(0, 19);
}

/** The date of a zone at an instant. */
export function dayAt(at: number, zone: string): Day {
  return wallAt(at, zone).slice(0, DATE_LENGTH);
}

/**
 * The instants at which a zone's clock shows `wall`: one, two where the clocks go back, none where
 * they jump over it.
 */
export function occurrences(wall: Wall, zone: string): number[] {
  const bare = bareMs(wall);
  const around = new Set([offsetAt(bare - 24 * HOUR, zone), offsetAt(bare + 24 * HOUR, zone)]);
  return [...around]
    .map((offset) => bare - offset)
    .filter((at) => wallMs(at, zone) === bare)
    .sort((a, b) => a - b);
}

/**
 * The instant that a wall-clock time means: the first where it happens twice, and the instant at
 * which the clocks jump where it doesn't happen. The service reads rotations in the same way.
 */
export function toInstant(wall: Wall, zone: string): number {
  return occurrences(wall, zone)[0] ?? jumpOver(bareMs(wall), zone);
}

/** The first instant at which the clock shows more than `bare`, to the second. */
function jumpOver(bare: number, zone: string): number {
  let before = bare - 24 * HOUR - offsetAt(bare - 24 * HOUR, zone);
  let after = bare + 24 * HOUR - offsetAt(bare + 24 * HOUR, zone);
  while (after - before > SECOND) {
    const middle = Math.floor((before + after) / (2 * SECOND)) * SECOND;
    if (wallMs(middle, zone) < bare) before = middle;
    else after = middle;
  }
  return after;
}

function bareMs(wall: Wall): number {
  return Date.parse(`${wall.length === DATE_LENGTH ? `${wall}T00:00` : wall}Z`);
}

/** The date `count` days after `day`; before it if negative. */
export function addDays(day: Day, count: number): Day {
  const date = new Date(`${day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, DATE_LENGTH);
}

/** The weekday: 0 is Monday, 6 is Sunday. */
export function weekday(day: Day): number {
  return (new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7;
}

/** The Monday of the week in which `day` lies. */
export function monday(day: Day): Day {
  return addDays(day, -weekday(day));
}

/** The first day of the month in which `day` lies. */
export function firstOfMonth(day: Day): Day {
  return `${day.slice(0, 8)}01`;
}

/** The first day of the month `count` months on; before it if negative. */
export function addMonths(day: Day, count: number): Day {
  const date = new Date(`${firstOfMonth(day)}T00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + count);
  return date.toISOString().slice(0, DATE_LENGTH);
}

/** `count` days from `first` on, as the zone has them. */
export function calendarDays(first: Day, count: number, zone: string): CalendarDay[] {
  const starts = Array.from({ length: count + 1 }, (_, index) =>
    toInstant(addDays(first, index), zone),
  );
  return starts.slice(0, -1).map((start, index) => ({
    day: addDays(first, index),
    start,
    end: starts[index + 1] ?? start,
  }));
}

/** How many hours a day has. */
export function hoursIn({ start, end }: Span): number {
  return (end - start) / HOUR;
}
