/** What the planner does and has found, in plain words. */

import { addDays, dayAt, HOUR, MINUTE, type Day } from "../schedule/days";
import type { Rota } from "../schedule/protocol";
import { dayName, moment, stretch } from "../schedule/words";
import { instant } from "../time";
import { disciplineName, plain } from "../words";
import type { Turn } from "./compare";
import type { Plan, PlanCard, PlanState, Progress } from "./protocol";

/** Points below this are as good as none. */
const SMALLEST = 0.001;
/** As far from the best as can be, in whole percents: nothing is known of the best then. */
const NOT_KNOWN = 0.995;
const WEEK_MS = 7 * 24 * HOUR;

/** A part as people say it: 4 %, less than 1 %. */
export function percent(part: number): string {
  const whole = Math.round(100 * part);
  return part > 0 && whole === 0 ? "less than 1 %" : `${whole} %`;
}

/** How far from the best a draft may be. */
export function distanceSentence(distance: number): string {
  if (distance >= NOT_KNOWN) {
    return "How far it is from the best rota isn't known yet: a longer search may tell.";
  }
  return distance <= 0
    ? "No rota within the rules is better: this is the best there is."
    : `At most ${percent(distance)} from the best rota there could be.`;
}

/** How far a search has come. */
export function progressSentence({
  waiting = false,
  solutions = 0,
  best,
  bound,
  seconds = 0,
}: Partial<Progress>): string {
  if (waiting) return "Waiting until another plan is worked out.";
  const time = `${Math.round(seconds)} s`;
  if (!solutions || best === null || best === undefined) return `No rota found yet, ${time}.`;
  const rotas = solutions === 1 ? "1 rota" : `${solutions} rotas`;
  const far = Math.min(Math.max(best - (bound ?? 0), 0) / Math.max(Math.abs(best), SMALLEST), 1);
  if (far >= NOT_KNOWN) return `${rotas} found, how far from the best isn't known yet, ${time}.`;
  const distance = far <= 0 ? "the best there is" : `at most ${percent(far)} from the best`;
  return `${rotas} found, the last one ${distance}, ${time}.`;
}

/** The days that a plan is about: "Mon Nov 30 – Sun Dec 27, 4 weeks"; with a year not this one. */
export function periodWords(
  { from, to }: Pick<PlanCard, "from" | "to">,
  zone: string,
  now: number,
): string {
  const [first, after] = [dayAt(instant(from), zone), dayAt(instant(to), zone)];
  const weeks = Math.round((instant(to) - instant(from)) / WEEK_MS);
  const length = weeks === 1 ? "1 week" : `${weeks} weeks`;
  const year = (day: Day) => day.slice(0, 4);
  const named = (day: Day) =>
    year(day) === year(dayAt(now, zone)) ? dayName(day) : `${dayName(day)} ${year(day)}`;
  return `${named(first)} – ${named(addDays(after, -1))}, ${length}`;
}

/** Who asked for a plan, and when, to the minute. */
export function askedWords({ made_at, made_by }: PlanCard, zone: string, now: number): string {
  const at = Math.floor(instant(made_at) / MINUTE) * MINUTE;
  return `asked ${moment(at, zone, now)} by ${made_by}`;
}

/** Where a plan stands, in a word or two. */
export function stateName(state: PlanState): string {
  switch (state) {
    case "running":
      return "Searching";
    case "ready":
      return "Draft";
    case "impossible":
      return "Impossible";
    case "failed":
      return "Failed";
    case "applied":
      return "Applied";
    case "undone":
      return "Undone";
  }
}

/** What has become of a plan, to be said aloud when it changes. */
export function outcome(plan: Plan): string {
  switch (plan.state) {
    case "running":
      return "Vigil is looking for a rota.";
    case "ready":
      return "A draft is ready.";
    case "impossible":
      return "No rota keeps all the rules. The reasons are on the page.";
    case "failed":
      return plan.failure ?? "The search broke off without a result. Ask again.";
    case "applied":
      return "The draft is in force.";
    case "undone":
      return "The draft is taken back: the rota is as it was before.";
  }
}

/** What every rota of a team must keep, in sentences. */
export function ruleSentences({ rules }: Pick<Rota, "rules">): string[] {
  const required = Object.entries(rules.requires)
    .filter(([, disciplines]) => disciplines.length)
    .map(([tier, disciplines]) => `${plain(tier)} needs ${oneOf(disciplines)}.`);
  return [
    "Every tier has exactly one person at every minute, and nobody stands on two tiers at once.",
    "Whoever is away or can't be reached stands nowhere.",
    ...(rules.rest_hours ? [`After a night, at least ${rules.rest_hours} h of rest.`] : []),
    ...required.map((sentence) => sentence.charAt(0).toUpperCase() + sentence.slice(1)),
  ];
}

/** "a psychiatrist or psychiatric nurse practitioner". */
function oneOf(disciplines: readonly string[]): string {
  const said = disciplines.map(disciplineName).join(" or ");
  return `${/^[aeiou]/.test(said) ? "an" : "a"} ${said}`;
}

/** One turn of a comparison for a screen reader: who, when, and who stands then today. */
export function turnLabel(turn: Turn, zone: string, now: number): string {
  const who = turn.staff?.name ?? "Nobody";
  const said = `${who}, ${stretch(turn, zone, now)}`;
  return turn.changed ? `${said}, changed` : said;
}

/** A name that fits a narrow bar: "Ana S." */
export function shortName(name: string): string {
  const [first = "", ...others] = name.split(/\s+/);
  const last = others.at(-1);
  return last ? `${first} ${last.charAt(0)}.` : first;
}
