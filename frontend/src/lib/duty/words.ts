/** One's own shifts, phone and time off in plain words. */

import type { Time } from "../protocol";
import { addDays, dayAt, HOUR, MINUTE, toInstant, type Span } from "../schedule/days";
import { span } from "../schedule/lanes";
import type { Request, TimeOff } from "../schedule/protocol";
import { dayName, moment, stretch } from "../schedule/words";
import { instant } from "../time";
import { plain } from "../words";
import type { Feed, Holiday, Imported, Phone, ShiftsOf } from "./protocol";

const DAY = 24 * HOUR;
/** The clock time at the end of a moment in words. */
const CLOCK = / \d\d:\d\d.*$/;

/** How far off a shift is: "in 3 days", "in 5 h", "in 20 min", "now". */
export function startsIn({ start, end }: Span, now: number): string {
  if (end <= now) return "over";
  if (start <= now) return "now";
  const left = start - now;
  if (left >= 2 * DAY) return `in ${Math.floor(left / DAY)} days`;
  if (left >= HOUR) return `in ${Math.floor(left / HOUR)} h`;
  return `in ${Math.max(1, Math.floor(left / MINUTE))} min`;
}

/** When somebody is away, by the clock in `zone`: whole days are told as days. */
export function awayWords(away: Span, zone: string, now: number): string {
  if (!wholeDays(away, zone)) return stretch(away, zone, now);
  const first = dayAt(away.start, zone);
  const last = addDays(dayAt(away.end, zone), -1);
  const day = (at: number) => moment(at, zone, now).replace(CLOCK, "");
  return first === last ? day(away.start) : `${day(away.start)} – ${day(toInstant(last, zone))}`;
}

/** Whether a stretch begins and ends with a day of `zone`. */
export function wholeDays({ start, end }: Span, zone: string): boolean {
  return [start, end].every((at) => toInstant(dayAt(at, zone), zone) === at);
}

/** The time off that is not over yet, in order. */
export function ahead(timeOff: readonly TimeOff[], now: number): TimeOff[] {
  return timeOff
    .filter(({ end }) => instant(end) > now)
    .toSorted((a, b) => instant(a.start) - instant(b.start));
}

/** Whether a phone has shown that it is theirs, and since when. */
export function verifiedWords(
  { verified, verified_at: at }: Phone,
  zone: string,
  now: number,
): string {
  if (!verified) return "Not verified yet: your shifts count as thin until it is.";
  return at ? `Verified on ${minute(at, zone, now)}.` : "Verified.";
}

/** What of a phone is closed to Vigil, and how it is opened again; null when nothing is. */
export function closedWay({ sms, voice, trouble }: Phone): string | null {
  const why = trouble ? ` (${trouble})` : "";
  if (!voice) {
    const closed = sms ? "Calls don't" : "Neither texts nor calls";
    return `${closed} reach it${why}. Ask a lead to look whether the number is right.`;
  }
  if (sms) return null;
  return (
    `Texts don't reach it${why}. To open them again, text START from it to the number from which ` +
    "Vigil texts you."
  );
}

/** Which calls and texts go to a phone. */
export function openWays({ sms, voice }: Phone): string {
  if (sms && voice) return "Vigil can text and call it.";
  if (sms) return "Vigil can text it, but not call it.";
  return voice ? "Vigil can call it, but not text it." : "Vigil can neither text nor call it.";
}

/** What reading a calendar file did (`done`), or would do; `noun` is what it is read as. */
export function importedWords(
  { added, removed, kept }: Imported,
  done: boolean,
  noun = "absence",
): string {
  const will = done ? "" : " would be";
  const parts = [
    `${counted(added, noun)}${will} added`,
    ...(removed ? [`${removed}${will} removed`] : []),
    ...(kept ? [`${kept} ${done ? "are" : "stay"} as before`] : []),
  ];
  return `${parts.join(", ")}.`;
}

function counted(count: number, noun: string): string {
  if (count === 0) return "Nothing";
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

/** When something happened, to the minute. */
function minute(time: Time, zone: string, now: number): string {
  return moment(Math.floor(instant(time) / MINUTE) * MINUTE, zone, now);
}

/** Why an entry of a file was left out, and where it is. */
export function leftOutWords({ line, reason }: Imported["left_out"][number]): string {
  return line ? `Line ${line}: ${reason}` : reason;
}

/** Those of the calendars that I may see which show these shifts. */
export function feedsOf(feeds: readonly Feed[], of: ShiftsOf): Feed[] {
  return feeds.filter((feed) =>
    "team" in of ? feed.team === of.team : feed.staff?.id === of.staff,
  );
}

/** How a calendar has been used; of a team's, which all its leads see, also who made it. */
export function feedWords(feed: Feed, zone: string, now: number): string {
  const said = (time: Time) => minute(time, zone, now);
  const by = feed.team === null ? "" : ` by ${feed.made_by}`;
  const read = feed.read_at ? `last read ${said(feed.read_at)}` : "not read yet";
  return `Made ${said(feed.made_at)}${by}, ${read}`;
}

/** A public holiday with its day, and whether it is from a file. */
export function holidayWords({ day, name, imported }: Holiday): string {
  return `${dayName(day)}: ${name}${imported ? " (from a file)" : ""}`;
}

/** What I am asked, as a question to me; "I" is whoever asks. */
export function question(request: Request, zone: string, now: number): string {
  const { staff, tier, other } = request;
  const theirs = `${plain(tier)}, ${stretch(span(request), zone, now)}`;
  if (!other) return `${staff.name} asks you to take ${theirs}.`;
  const mine = `${plain(other.tier)}, ${stretch(span(other), zone, now)}`;
  return `${staff.name} asks you to swap: you would take ${theirs}, and they your ${mine}.`;
}

/** What concerns me, and what of my teams waits for my yes as a lead. */
export function withApprovals(mine: readonly Request[], teams: readonly Request[]): Request[] {
  const known = new Set(mine.map(({ ref }) => ref));
  return [...mine, ...teams.filter(({ ref, you }) => you.may_approve && !known.has(ref))];
}

/** What I have asked for. */
export function mineWords(request: Request, zone: string, now: number): string {
  const { tier, other } = request;
  const mine = `${plain(tier)}, ${stretch(span(request), zone, now)}`;
  if (!other) return `Cover for ${mine}`;
  const theirs = `${plain(other.tier)}, ${stretch(span(other), zone, now)}`;
  return `Swap of ${mine} for ${other.staff.name}'s ${theirs}`;
}

/** What somebody who is asked has said so far. */
export function answerWords(answer: "yes" | "no" | null, byText: boolean): string {
  return answer ?? (byText ? "no answer yet" : "can't be texted, must answer on the web");
}

/** A swap that both have agreed to, as a question to their lead. */
export function approvalQuestion(request: Request, zone: string, now: number): string {
  const { staff, tier, other } = request;
  const first = `${plain(tier)}, ${stretch(span(request), zone, now)}`;
  if (!other) return `${staff.name} would give up ${first}.`;
  const second = `${plain(other.tier)}, ${stretch(span(other), zone, now)}`;
  return `${other.staff.name} would take ${staff.name}'s ${first}, and ${staff.name} their ${second}. Both agree; do you?`;
}
