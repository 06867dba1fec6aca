/** The words in which the service speaks of a team's rota, its coverage and its changes. */

import type { Person, Time } from "../protocol";

/** A stretch in which one person holds a tier, and why it is theirs. */
export interface Shift {
  start: Time;
  end: Time;
  staff: Person;
  why: string;
}

/** Who stands when, tier by tier from the foot of the ladder. */
export type Tiers = Record<string, Shift[]>;

export interface Schedule {
  team: string;
  timezone: string;
  tiers: Tiers;
}

/** A lead's knowing yes to a gap. */
export interface Acceptance {
  reason: string;
  by: string;
  at: Time;
}

/** Nobody stands on the tier. */
export interface Gap {
  tier: string;
  start: Time;
  end: Time;
  reason: string;
  accepted: Acceptance | null;
}

/** Somebody stands on the tier, but not as the team wants it. */
export interface Thin {
  tier: string;
  start: Time;
  end: Time;
  kind: string;
  reason: string;
  who: Person[];
}

export interface Coverage {
  team: string;
  from: Time;
  to: Time;
  covered: boolean;
  gaps: Gap[];
  thin: Thin[];
}

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** The part of the week in which a rotation holds, by the clock on the team's wall. */
export interface Only {
  days: Weekday[];
  from: string;
  to: string;
}

/** One layer of a tier. `starts` and `ends` are wall-clock times without an offset. */
export interface Rotation {
  tier: string;
  name: string;
  starts: string;
  ends: string | null;
  every: string;
  order: string[];
  only: Only | null;
}

export type OverrideKind = "replace" | "add" | "remove";

export interface Override {
  id: number;
  tier: string;
  start: Time;
  end: Time;
  staff: Person;
  kind: OverrideKind;
  instead: Person | null;
  reason: string;
  origin: "file" | "web" | "cover" | "swap";
  ref: string | null;
}

export interface Stint {
  start: Time;
  end: Time;
  staff: Person;
}

export interface TemporarySchedule {
  id: number;
  name: string;
  made_at: Time;
  made_by: string;
  tiers: Record<string, Stint[]>;
}

export interface AcceptedGap extends Acceptance {
  id: number;
  tier: string;
  start: Time;
  end: Time;
}

export interface Member extends Person {
  discipline: string;
  role: string;
  active: boolean;
  sms: boolean;
  voice: boolean;
  verified: boolean;
}

/** All that decides who stands, as it was written. */
export interface Rota {
  team: string;
  name: string;
  timezone: string;
  may_edit: boolean;
  may_accept_gaps: boolean;
  rules: {
    rest_hours: number;
    requires: Record<string, string[]>;
    swaps_need_lead: boolean;
    handoff_notices: boolean;
    holidays: string;
  };
  ladder: { tier: string; ring_seconds: number; page_seconds: number }[];
  people: Member[];
  rotations: Rotation[];
  overrides: Override[];
  temporary: TemporarySchedule[];
  accepted_gaps: AcceptedGap[];
}

/** Somebody who could take a stretch; `obstacles` say in words what speaks against it. */
export interface Candidate {
  staff: Person;
  hours: number;
  obstacles: string[];
}

/** Somebody who could take parts of a gap: for how many hours in all, and the first of the parts. */
export interface PartTaker {
  staff: Person;
  hours: number;
  parts: { start: Time; end: Time }[];
}

/** A gap that a change would open, and who could take it; parts of it where nobody could take all. */
export interface OpenedGap {
  team: string;
  tier: string;
  start: Time;
  end: Time;
  reason: string;
  candidates: Candidate[];
  part_takers: PartTaker[];
}

/**
 * What a change does to coverage. Only the preview of a change of one team has the schedule as it
 * would be, and from when until when.
 */
export interface Verdict {
  covered: boolean;
  opened: OpenedGap[];
  thin: (Omit<Thin, "who"> & { team: string })[];
  from?: Time;
  to?: Time;
  schedule?: Tiers;
}

export interface JournalEntry {
  id: number;
  at: Time;
  who: string;
  what: string;
  text: string;
}

export interface TimeOff {
  id: number;
  start: Time;
  end: Time;
  imported: boolean;
}

export type Answer = "yes" | "no";

/** A question to colleagues: take this shift, or swap it with one of yours. */
export interface Request {
  ref: string;
  kind: "cover" | "swap";
  team: string;
  tier: string;
  start: Time;
  end: Time;
  staff: Person;
  note: string;
  mode: "all" | "waves" | null;
  state: "open" | "lead" | "done" | "declined" | "withdrawn" | "over";
  made_at: Time;
  taken_by: Person | null;
  other: (Stint & { tier: string }) | null;
  /** `by_text` says whether a text reaches them: others see it on the web only. */
  asked: { staff: Person; wave: number; answer: Answer | null; by_text: boolean }[];
  you: {
    asked: boolean;
    answer: Answer | null;
    may_answer: boolean;
    may_withdraw: boolean;
    may_approve: boolean;
  };
}
