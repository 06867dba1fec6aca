/** What a lead writes when asking for a rota, and the request that it becomes. */

import type { Day } from "../schedule/days";
import type { Weekday } from "../schedule/protocol";
import type { Asked, Limits, Pattern, PatternName, PlanCard, Preference, Usual } from "./protocol";

export const MOST_WEEKS = 13;

export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export type PatternChoice = PatternName | "own" | "none";

export const PATTERN_NAMES: Record<PatternChoice, string> = {
  "12h": "Twelve hours: handoff at 08:00 and 20:00",
  day_night: "Days and nights: 08:00 and 17:00, weekends 08:00 and 20:00",
  week: "Whole weeks: handoff once a week at 08:00",
  own: "Handoffs of your own",
  none: "Not planned: this tier stays as it is",
};

export interface TierForm {
  pattern: PatternChoice;
  /** Handoffs as they are written: "08:00, fri 17:00". */
  handoffs: string;
}

/** A wish; texts are empty and lists are without an entry where nothing is said. */
export interface Wish {
  wants: boolean;
  days: Weekday[];
  from: string;
  to: string;
  tier: string;
  first: Day;
  last: Day;
}

/** What is asked for one person; null where no number is given. `share` is in percent. */
export interface PersonForm {
  share: number | null;
  hoursAWeek: number | null;
  nights: number | null;
  notOn: string[];
  wishes: Wish[];
}

export interface PlanForm {
  firstDay: Day;
  weeks: number | null;
  mostDays: number | null;
  mostNights: number | null;
  seconds: number;
  tiers: Record<string, TierForm>;
  people: Record<string, PersonForm>;
}

/** A form about these tiers and people; it asks for what is usual. */
export function emptyForm(
  usual: Usual,
  tiers: readonly string[],
  people: readonly string[],
): PlanForm {
  return {
    firstDay: usual.first_day,
    weeks: usual.weeks,
    mostDays: null,
    mostNights: null,
    seconds: usual.seconds,
    tiers: Object.fromEntries(tiers.map((tier) => [tier, tierForm(usual.pattern[tier])])),
    people: Object.fromEntries(people.map((staff) => [staff, emptyPerson()])),
  };
}

function tierForm(pattern: Pattern = "12h"): TierForm {
  return typeof pattern === "string"
    ? { pattern, handoffs: "" }
    : { pattern: "own", handoffs: pattern.handoffs.join(", ") };
}

/** Somebody about whom nothing is said. */
export function emptyPerson(): PersonForm {
  return { share: null, hoursAWeek: null, nights: null, notOn: [], wishes: [] };
}

/** A wish that is still to be written. */
export function emptyWish(): Wish {
  return { wants: false, days: [], from: "", to: "", tier: "", first: "", last: "" };
}

/**
 * The form with whoever has joined and every tier that is new since it was begun; what was written
 * about others stays.
 */
export function completed(
  form: PlanForm,
  usual: Usual,
  tiers: readonly string[],
  people: readonly string[],
): PlanForm {
  const fresh = emptyForm(usual, tiers, people);
  return {
    ...form,
    tiers: { ...fresh.tiers, ...form.tiers },
    people: { ...fresh.people, ...form.people },
  };
}

const HANDOFF = /^((mon|tue|wed|thu|fri|sat|sun) )?([01]\d|2[0-3]):[0-5]\d$/;

/** Handoffs as somebody wrote them, one by one. */
export function handoffs(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[,;\n]/)
    .map((part) => part.trim().replace(/\s+/g, " "))
    .filter((part) => part);
}

/** What is still wrong with a form, as a sentence that says where; null when it can be asked. */
export function planFault(form: PlanForm, names: ReadonlyMap<string, string>): string | null {
  const { firstDay, weeks } = form;
  if (!firstDay) return "Give the first day.";
  if (weeks === null || !Number.isInteger(weeks) || weeks < 1 || weeks > MOST_WEEKS) {
    return `Give how many weeks, from 1 to ${MOST_WEEKS}.`;
  }
  if (Object.values(form.tiers).every(({ pattern }) => pattern === "none")) {
    return "Choose the shifts of at least one tier.";
  }
  for (const [tier, written] of Object.entries(form.tiers)) {
    const fault = tierFault(written);
    if (fault) return `${tier}: ${fault}`;
  }
  for (const [staff, { wishes }] of Object.entries(form.people)) {
    const fault = wishes.map(wishFault).find((found) => found !== null);
    if (fault) return `${names.get(staff) ?? staff}: ${fault}`;
  }
  return null;
}

/** What is still wrong with the shifts of one tier. */
export function tierFault({ pattern, handoffs: text }: TierForm): string | null {
  if (pattern !== "own") return null;
  const written = handoffs(text);
  if (written.length === 0) return "write its handoffs, such as “08:00, 20:00”.";
  const wrong = written.find((one) => !HANDOFF.test(one));
  return wrong === undefined
    ? null
    : `“${wrong}” is no handoff: write it as “08:00” or “fri 17:00”.`;
}

function wishFault({ days, from, to, tier, first, last }: Wish): string | null {
  if (!from !== !to) return "give both times of the wish, or none.";
  if (first && last && last < first)
    return "the last day of the wish must not be before the first.";
  const says = days.length || tier || from || first || last;
  return says ? null : "say what the wish is about: weekdays, hours, a tier or dates.";
}

/** The request for a form without a fault; only what is said is sent. */
export function asked(form: PlanForm, tiers: readonly string[]): Asked {
  const people = Object.entries(form.people);
  const limits = people.flatMap(([staff, one]) => {
    const found = limitsOf(one);
    return Object.keys(found).length ? [[staff, found] as const] : [];
  });
  const preferences = people
    .filter(([, { wishes }]) => wishes.length)
    .map(([staff, { wishes }]) => [staff, wishes.map(preference)] as const);
  const planned = tiers.filter((tier) => form.tiers[tier]?.pattern !== "none");
  return {
    first_day: form.firstDay,
    weeks: form.weeks ?? MOST_WEEKS,
    seconds: form.seconds,
    ...(planned.length < tiers.length ? { tiers: planned } : {}),
    pattern: Object.fromEntries(planned.map((tier) => [tier, patternOf(form.tiers[tier])])),
    ...said({ most_days: form.mostDays, most_nights: form.mostNights }),
    ...(limits.length ? { limits: Object.fromEntries(limits) } : {}),
    ...(preferences.length ? { preferences: Object.fromEntries(preferences) } : {}),
  };
}

function patternOf(tier: TierForm | undefined): Pattern {
  if (!tier || tier.pattern === "none") return "12h";
  return tier.pattern === "own" ? { handoffs: handoffs(tier.handoffs) } : tier.pattern;
}

function limitsOf({ share, hoursAWeek, nights, notOn }: PersonForm): Limits {
  return {
    ...said({ hours_a_week: hoursAWeek, nights, share: share === null ? null : share / 100 }),
    ...(notOn.length ? { not_on: notOn } : {}),
  };
}

function preference({ wants, days, ...texts }: Wish): Preference {
  const written = Object.entries(texts).filter(([, text]) => text);
  return {
    wants,
    ...(days.length ? { days } : {}),
    ...Object.fromEntries(written),
  };
}

/** The numbers that are given. */
function said(numbers: Record<string, number | null>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(numbers).filter((entry): entry is [string, number] => entry[1] !== null),
  );
}

/** The plan to show first: the newest, unless it has come to nothing; null if there is none. */
export function newest(plans: readonly PlanCard[]): number | null {
  const [first] = plans;
  const live = first && ["running", "ready", "applied", "impossible"].includes(first.state);
  return live ? first.id : null;
}
