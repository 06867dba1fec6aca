/** Times, gaps and thin stretches of a rota in plain words, on the clock of the team's wall. */

import type { Person } from "../protocol";
import { instant } from "../time";
import { disciplineName, heading, plain } from "../words";
import { acceptedGaps, openGaps } from "./coverage";
import {
  dayAt,
  HOUR,
  hoursIn,
  offsetAt,
  wallAt,
  type CalendarDay,
  type Day,
  type Span,
} from "./days";
import { reached, span as spanOf, type Difference, type Piece, type Stretch } from "./lanes";
import type {
  Candidate,
  Coverage,
  Member,
  Override,
  PartTaker,
  Request,
  Thin,
  Verdict,
} from "./protocol";

const HALF_A_YEAR_MS = 180 * 24 * 3600 * 1000;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS =
  "January February March April May June July August September October November December";

/** A date: Fri Nov 27. */
export function dayName(day: Day): string {
  const date = new Date(`${day}T00:00Z`);
  const name = WEEKDAYS[(date.getUTCDay() + 6) % 7] ?? "";
  return `${name} ${monthName(day).slice(0, 3)} ${date.getUTCDate()}`;
}

/** The month of a date: November. */
export function monthName(day: Day): string {
  return MONTHS.split(" ")[Number(day.slice(5, 7)) - 1] ?? "";
}

/** A clock time: 17:00, with seconds where there are any; `zone` is the time zone. */
export function clock(at: number, zone: string): string {
  return wallAt(at, zone).slice(11);
}

/**
 * An instant: Fri Nov 27 17:00, with the year when it is far from `now`. An hour that happens twice
 * is told apart: Sun Nov 1 01:30 PDT.
 */
export function moment(at: number, zone: string, now: number): string {
  const day = dayAt(at, zone);
  const year = Math.abs(at - now) < HALF_A_YEAR_MS ? "" : ` ${day.slice(0, 4)}`;
  return `${dayName(day)}${year} ${clock(at, zone)}${twice(at, zone)}`;
}

/** Which of two it is, when the clock shows this time twice. */
function twice(at: number, zone: string): string {
  const here = wallAt(at, zone);
  const again = [at - HOUR, at + HOUR, at - HOUR / 2, at + HOUR / 2].some(
    (other) => wallAt(other, zone) === here,
  );
  return again ? ` ${zoneName(at, zone)}` : "";
}

/**
 * A stretch: Fri Nov 27 17:00 – Sat Nov 28 08:00; the day once within one day. Of one that is only
 * known in part, the part that is known.
 */
export function stretch(one: Stretch, zone: string, now: number): string {
  const { start, end, begun, endless } = one;
  if (begun && endless) return "without an end in sight";
  if (begun) return `until ${moment(end, zone, now)}`;
  if (endless) return `from ${moment(start, zone, now)} on`;
  const last =
    dayAt(start, zone) === dayAt(end, zone)
      ? `${clock(end, zone)}${twice(end, zone)}`
      : moment(end, zone, now);
  return `${moment(start, zone, now)} – ${last}`;
}

/** The same, as short as a bar on the week's sheet: 17:00 – 08:00, Mon 09:00 – Mon 09:00. */
export function times(one: Stretch, zone: string): string {
  const { start, end, begun, endless } = one;
  const day = (at: number) => `${dayName(dayAt(at, zone)).slice(0, 3)} ${clock(at, zone)}`;
  if (begun && endless) return "no handoff in sight";
  if (begun) return `until ${day(end)}`;
  if (endless) return `from ${day(start)} on`;
  return end - start < 24 * HOUR
    ? `${clock(start, zone)} – ${clock(end, zone)}`
    : `${day(start)} – ${day(end)}`;
}

/** A length of time: 15 h, 2 days 3 h, 90 s. */
export function length({ start, end }: Span): string {
  const seconds = Math.floor((end - start) / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), seconds < 2 * 86_400 ? "day" : "days"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const said = parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`);
  return said.join(" ") || "less than 1 s";
}

/** What the zone's clock is called at an instant: PST. */
export function zoneName(at: number, zone: string): string {
  return (
    new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" })
      .formatToParts(at)
      .find(({ type }) => type === "timeZoneName")?.value ?? zone
  );
}

/** The zone of the times on the page: "Times in America/Los_Angeles (PDT, then PST)". */
export function zoneLine(window: Span, zone: string): string {
  const names = new Set([zoneName(window.start, zone), zoneName(window.end - 1, zone)]);
  return `Times in ${zone} (${[...names].join(", then ")})`;
}

/** What is special about a day on which the clocks change; null on others. */
export function clockChange(day: CalendarDay, zone: string): string | null {
  const ahead = offsetAt(day.end, zone) - offsetAt(day.start, zone);
  if (ahead === 0) return null;
  const way = ahead > 0 ? "forward" : "back";
  return `The clocks go ${way} on ${dayName(day.day)}: that day has ${hoursIn(day)} hours.`;
}

/** Names in a row: "Ana Sample", "Ana Sample and Ben Sample". */
export function names(people: readonly Person[]): string {
  const all = people.map(({ name }) => name);
  const last = all.pop() ?? "";
  return all.length ? `${all.join(", ")} and ${last}` : last;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Coverage in one line: what is proved, or how much is wrong. */
export function coverageLine(coverage: Coverage, zone: string): string {
  const open = openGaps(coverage).length;
  const accepted = acceptedGaps(coverage).length;
  const found = [
    open && count(open, "gap"),
    accepted && count(accepted, "accepted gap"),
    coverage.thin.length && count(coverage.thin.length, "thin stretch").replace("hs", "hes"),
  ].filter((part) => part !== 0);
  const days = Math.round((instant(coverage.to) - instant(coverage.from)) / 86_400_000);
  const until = dayAt(instant(coverage.to), zone);
  const date = `${dayName(until).slice(4)}, ${until.slice(0, 4)}`;
  if (coverage.gaps.length > 0) return `${found.join(", ")} in the next ${days} days`;
  const whole = `Covered every minute until ${date}`;
  return found.length ? `${whole}, with ${found.join(", ")}` : whole;
}

/** A gap: "Nobody: Fri Nov 27 17:00 – Sat Nov 28 08:00, Ana Sample is away". */
export function gapLine(gap: Stretch & { reason: string }, zone: string, now: number): string {
  return `Nobody: ${stretch(gap, zone, now)}${gap.reason && `, ${gap.reason}`}`;
}

/** What a change would open: "1 gap would open: primary Fri Nov 27 17:00 – Sat Nov 28 08:00". */
export function wouldOpenLine(
  verdict: Pick<Verdict, "opened" | "from" | "to">,
  team: string,
  zone: string,
  now: number,
): string {
  const { opened } = verdict;
  const first = opened.toSorted((a, b) => instant(a.start) - instant(b.start))[0];
  if (!first) return "No gap would open";
  const where = `${first.team === team ? "" : `${first.team}, `}${plain(first.tier || "on call")}`;
  const when = stretch(reached(first, verdict), zone, now);
  return `${count(opened.length, "gap")} would open${opened.length > 1 ? ", the first" : ""}: ${where} ${when}`;
}

/** A lead's yes to a gap: "Accepted by Eli Sample: the county covers". */
export function acceptanceLine({ by, reason }: { by: string; reason: string }): string {
  return `Accepted by ${by}: ${reason}`;
}

/** A tier beginning a line: "Primary". A team without any tier has its one gap on none. */
export function tierName(tier: string): string {
  return heading(tier || "on call");
}

/** What a screen reader says of a piece: tier, who, from when until when, and what is wrong. */
export function pieceLabel(piece: Piece, zone: string, now: number): string {
  const tier = plain(piece.tier);
  if (piece.kind === "gap") {
    const line = `${tier}, ${gapLine(piece, zone, now)}`;
    return piece.accepted ? `${line}. ${acceptanceLine(piece.accepted)}` : `Gap: ${line}`;
  }
  const said = `${tier}, ${piece.shift.staff.name}: ${stretch(piece, zone, now)}`;
  const thin = [...new Set(piece.thin.map(({ reason }) => reason))];
  return thin.length ? `${said}. Thin: ${thin.join("; ")}` : said;
}

/** What would change: "primary, Fri Nov 27 17:00 – 20:00: Ben Sample instead of Ana Sample". */
export function differenceLine(one: Difference, zone: string, now: number): string {
  return `${plain(one.tier)}, ${stretch(one, zone, now)}: ${differenceWords(one)}`;
}

/** Who would stand instead of whom. */
export function differenceWords({ was, now }: Difference): string {
  if (now === null) return `nobody instead of ${was?.name ?? "somebody"}`;
  return was ? `${now.name} instead of ${was.name}` : `${now.name} instead of nobody`;
}

/** A thin stretch: "primary, Fri Nov 27 17:00 – 20:00: Ana Sample's phone is not verified yet". */
export function thinLine(thin: Omit<Thin, "who" | "kind">, zone: string, now: number): string {
  return `${plain(thin.tier)}, ${stretch(spanOf(thin), zone, now)}: ${thin.reason}`;
}

/** Thin stretches of one kind, by the first of them and how many there are. */
export function thinGroupLine(
  first: Pick<Thin, "tier" | "reason">,
  when: Stretch,
  count: number,
  zone: string,
  now: number,
): string {
  const more = count > 1 ? `, and ${count - 1} more like it` : "";
  return `${tierName(first.tier)}: ${first.reason}, ${stretch(when, zone, now)}${more}`;
}

/** What an override does, and for whom. */
export function overrideWords({ kind, staff, instead }: Override): string {
  switch (kind) {
    case "replace":
      return instead ? `${staff.name} instead of ${instead.name}` : `${staff.name} stands`;
    case "add":
      return `${staff.name} where nobody would stand`;
    case "remove":
      return `${staff.name} taken off`;
  }
}

/** What somebody asks of their colleagues. */
export function requestLine(request: Request, zone: string, now: number): string {
  const { staff, tier, other } = request;
  const mine = `${plain(tier)}, ${stretch(spanOf(request), zone, now)}`;
  if (!other) return `${staff.name} asks for cover: ${mine}`;
  const theirs = `${plain(other.tier)}, ${stretch(spanOf(other), zone, now)}`;
  return `${staff.name} would swap ${mine} with ${other.staff.name} for ${theirs}`;
}

/** How far a request has come. */
export function requestState({ state, taken_by, asked }: Request): string {
  switch (state) {
    case "open": {
      const no = asked.filter(({ answer }) => answer === "no").length;
      return `${asked.length} asked${no ? `, ${no} said no` : ""}`;
    }
    case "lead":
      return "Waits for a lead";
    case "done":
      return taken_by ? `${taken_by.name} takes it` : "Done";
    case "declined":
      return "Nobody could";
    case "withdrawn":
      return "Withdrawn";
    case "over":
      return "Over";
  }
}

/** What speaks for and against somebody: "12 h on call ahead; but phone not verified". */
export function candidateWords({ hours, obstacles }: Candidate): string {
  return [
    `${Math.round(hours)} h on call ahead`,
    ...obstacles.slice(0, 1).map((first) => `but ${first}`),
    ...obstacles.slice(1),
  ].join("; ");
}

/** Which parts of a gap somebody could take: "Cho Sample, 312 h: Mon Mar 2 09:00 – … and 3 more". */
export function partTakerLine(taker: PartTaker, zone: string, now: number): string {
  const told = taker.parts.slice(0, 2).map((part) => stretch(spanOf(part), zone, now));
  const more = taker.parts.length - told.length;
  const others = more ? ` and ${more} more` : "";
  return `${taker.staff.name}, ${Math.round(taker.hours)} h: ${told.join(", ")}${others}`;
}

/** What is to be known of somebody on the team, and what is wrong about reaching them. */
export function memberFacts(member: Member): { plain: string; wrong: string[] } {
  const wrong: string[] = [];
  if (!member.active) wrong.push("has left the staff");
  else if (!member.sms && !member.voice) wrong.push("can't be reached by phone");
  else {
    if (!member.sms) wrong.push("no text messages");
    if (!member.voice) wrong.push("no calls");
    if (!member.verified) wrong.push("phone not verified yet");
  }
  return { plain: heading(disciplineName(member.discipline)), wrong };
}
