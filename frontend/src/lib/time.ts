/** Instants in words: clock times in a team's time zone, and how long something has lasted. */

import type { Board, Time } from "./protocol";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** Milliseconds since 1970 (UTC). */
export function instant(time: Time): number {
  return Date.parse(time);
}

/** The order of two instants to the last digit: `Date` alone would drop Python's microseconds. */
export function compareTimes(a: Time, b: Time): number {
  const whole = Math.floor(instant(a) / SECOND) - Math.floor(instant(b) / SECOND);
  return whole || fraction(a) - fraction(b);
}

function fraction(time: Time): number {
  return Number(/\.\d+/.exec(time)?.[0] ?? 0);
}

/** How long from `since` to `now` (ms), as 0:14, 3:20 or 26:02:03; never negative. */
export function elapsed(since: Time, now: number): string {
  return duration(now - instant(since));
}

/** A length in milliseconds as m:ss or h:mm:ss; a negative length counts as zero. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** The clock time in `timezone` with the zone's abbreviation: 03:12 PST. */
export function clockTime(time: Time, timezone: string): string {
  return format(time, timezone, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
}

/** The clock time with seconds, without the zone: 03:12:07. */
export function clockSeconds(milliseconds: number, timezone: string): string {
  return format(new Date(milliseconds).toISOString(), timezone, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}

/**
 * The clock time, with as much of the date as is needed to find it from `now` (ms): 03:12 PST today,
 * Tue 03:12 PST within six days, Jan 12, 03:12 PST otherwise.
 */
export function clockTimeNear(time: Time, timezone: string, now: number): string {
  const clock = clockTime(time, timezone);
  const today = new Date(now).toISOString();
  if (localDay(time, timezone) === localDay(today, timezone)) return clock;
  if (Math.abs(instant(time) - now) < 6 * DAY) {
    return `${format(time, timezone, { weekday: "short" })} ${clock}`;
  }
  return `${format(time, timezone, { month: "short", day: "numeric" })}, ${clock}`;
}

/** The date in words, in `timezone`: Mon, Jan 5, 2026. */
export function localDay(time: Time, timezone: string): string {
  return format(time, timezone, {
    weekday: "short",
    year: "numeric",
    month: "short",
    day: "numeric",
  });
}

/** The one time zone that all teams share, or the reader's own when they differ. */
export function boardTimezone(board: Board | null): string {
  const zones = new Set(board?.teams.map((team) => team.timezone));
  const [only] = zones;
  return zones.size === 1 && only ? only : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Formats are kept: making one takes longer than a whole redraw of the board. */
function format(time: Time, timezone: string, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([timezone, options]);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat("en-US", { ...options, hourCycle: "h23", timeZone: timezone });
    formats.set(key, made);
  }
  return made.format(new Date(time));
}

/** A clock with seconds; the day is named only where it is not `today` (as localDay gives it). */
export function clockOn(time: Time, timezone: string, today: string): string {
  const day = localDay(time, timezone);
  const clock = clockSeconds(instant(time), timezone);
  return day === today ? clock : `${day}, ${clock}`;
}
