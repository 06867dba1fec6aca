/** The words in which rotas are asked for and proposed. */

import type { Share } from "../fairness/protocol";
import type { Person, Time } from "../protocol";
import type { Day } from "../schedule/days";
import type { Stint, Tiers, Weekday } from "../schedule/protocol";

export type PatternName = "12h" | "day_night" | "week";

/** How a tier's week is cut into shifts: a usual way, or handoffs such as "08:00", "fri 17:00". */
export type Pattern = PatternName | { handoffs: string[] };

/** What one person may be given at most, and their part of a full share; all of it optional. */
export interface Limits {
  hours_a_week?: number;
  nights?: number;
  not_on?: string[];
  share?: number;
}

/** Time that somebody would like to stand, or rather not, by the clock on the team's wall. */
export interface Preference {
  wants: boolean;
  days?: Weekday[];
  from?: string;
  to?: string;
  tier?: string;
  first?: Day;
  last?: Day;
}

/** What a rota is asked for. */
export interface Asked {
  first_day: Day;
  weeks: number;
  tiers?: string[];
  pattern: Record<string, Pattern>;
  most_days?: number;
  most_nights?: number;
  seconds?: number;
  limits?: Record<string, Limits>;
  preferences?: Record<string, Preference[]>;
}

/** What a plan is asked for where nothing else is said; its handoffs are the rotations' own. */
export interface Usual {
  first_day: Day;
  weeks: number;
  seconds: number;
  pattern: Record<string, Pattern>;
}

export type PlanState = "running" | "ready" | "impossible" | "failed" | "applied" | "undone";

/**
 * How far the search has come; `best` is null until a rota is found. It is `waiting`, and nothing
 * else, while another plan is worked out before it.
 */
export interface Progress {
  waiting: boolean;
  solutions: number;
  best: number | null;
  bound: number;
  seconds: number;
}

/**
 * What one person carries: in the period today and with the draft, and in the past quarter. Whoever
 * was not there then counts as average: their past is assumed.
 */
export interface Compared {
  staff: Person;
  before: Share;
  after: Share;
  past: Share;
  past_assumed: boolean;
}

/** A rota that keeps every rule. `distance` is how far from the best it may be, from 0 to 1. */
export interface Result {
  draft: { tiers: Record<string, Stint[]> };
  today: { tiers: Tiers };
  distance: number;
  seconds: number;
  fairness: Compared[];
  /** How far apart equals are at most, the past quarter included. */
  spread: { before: Spread; after: Spread };
}

/** In hours. */
export type Spread = Record<"hours" | "nights" | "weekends" | "holidays", number>;

/** A plan in a list of them; `asked` is what was said, where it differs from the usual. */
export interface PlanCard {
  id: number;
  state: PlanState;
  made_at: Time;
  made_by: string;
  from: Time;
  to: Time;
  asked: Partial<Asked>;
  progress: Partial<Progress>;
}

/** A plan with its draft, or why there is none. */
export interface Plan extends PlanCard {
  result?: Result;
  impossible?: { reasons: string[] };
  failure?: string;
}
