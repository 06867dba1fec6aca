/**
 * The words that the service and this page speak with each other.
 *
 * Every time is ISO 8601 with an offset. A snapshot test on the Python side writes
 * `tests/snapshots/board_messages.json`; `protocol.test.ts` holds these types against it.
 */

import type { HospitalSide } from "./hospitals/protocol";

export type Time = string;

export interface Person {
  id: string;
  name: string;
}

export type Role = "admin" | "lead" | "clinician" | "viewer";

/** Who is logged in. `staff` is null for somebody who can look but is on no team. */
export interface User {
  name: string;
  email: string;
  role: Role;
  staff: string | null;
  teams: string[];
}

export interface Session {
  user: User;
}

/** One tier of a team: who holds it now, and who follows. */
export interface OnCall {
  tier: string;
  staff: Person | null;
  until: Time | null;
  next: { staff: Person; from: Time } | null;
}

export interface Alarm {
  kind: string;
  text: string;
  since: Time;
}

export interface TeamCard {
  id: string;
  name: string;
  timezone: string;
  on_call: OnCall[];
  last_resort: string[];
  calls_today: number;
  alarms: Alarm[];
}

export type CrisisState =
  "ringing" | "paging" | "callback_needed" | "last_resort" | "talking" | "accepted" | "closed";

export type Source = "call" | "text" | "webhook" | "walk_in" | "hospital" | "possible_client";

/** Whom the ladder is trying at this moment, and by what means. */
export interface Reaching {
  staff: Person | null;
  tier: string;
  since: Time;
  how: "call" | "page" | "last_resort";
}

/** Who calls the client back by our line: their own phone rings, then the client's, then they talk. */
export interface CallingBack {
  staff: Person;
  stage: "owner" | "client" | "talking";
  since: Time;
}

/** A crisis as a wall may show it: a reference, never a client's name. */
export interface CrisisCard {
  ref: string;
  team: string;
  state: CrisisState;
  source: Source;
  /** Says more than `source` where a hospital told it: see `openedBy`. */
  told_by: Source | null;
  opened_at: Time;
  owner: Person | null;
  /** Who is asked to take it over; until they accept, the owner has it. */
  handing_to: Person | null;
  reaching: Reaching | null;
  /** When the present state began. */
  since: Time;
  /** When the ladder takes its next step or a hand-off runs out, if either is waited for. */
  due_at: Time | null;
  /** How often the ladder has been climbed, the present climb included. */
  round: number;
  alarm: string | null;
  calling: CallingBack | null;
}

export interface Board {
  teams: TeamCard[];
  crises: CrisisCard[];
}

export type Change =
  | { kind: "crisis"; crisis: CrisisCard }
  | { kind: "crisis_closed"; ref: string; team: string }
  | { kind: "team"; team: TeamCard }
  /** Something about a team's clients in hospital has changed: fetch its admissions anew. */
  | { kind: "admissions"; team: string }
  | { kind: "nothing" }
  | { kind: "reload" };

/** What is wrong with the service itself; `text` says too what still works. */
export interface Trouble {
  about: string;
  text: string;
  since: Time;
}

export type ServerMessage =
  | { type: "snapshot"; number: number; at: Time; board: Board }
  | { type: "change"; number: number; at: Time; change: Change }
  | { type: "heartbeat"; number: number; at: Time }
  /** All that is wrong now. After a snapshot nothing is, unless this follows. */
  | { type: "trouble"; at: Time; troubles: Trouble[] };

/** The only thing that a page asks for over the WebSocket: a fresh snapshot. */
export interface SnapshotRequest {
  type: "snapshot";
}

/** The close code that means: the session is over, log in again. */
export const SIGNED_OUT = 4401;

/** What the replay law compares: `apply` of all changes to `before` must give `after`. */
export interface Law {
  before: Board;
  changes: Change[];
  after: Board;
}

export interface Client {
  id: string;
  name: string;
  language: string;
  coordinator: Person | null;
}

/** Who called. Several clients may share one number, so there may be several candidates. */
export interface Caller {
  number: string | null;
  /** Where whoever reported the crisis can be called back. */
  callback: string | null;
  known: boolean;
  clients: Client[];
}

export interface TimelineEntry {
  at: Time;
  kind: string;
  who: Person | null;
  /** The login or token that did it, where that says more than `who`. */
  by: string | null;
  text: string;
}

/** One contact of a crisis: a call, a text, a report, and what was said in it. */
export interface Contact {
  source: Source;
  at: Time;
  ended_at: Time | null;
  partner: string | null;
  concern: string | null;
}

/** A third party who is brought into a call, and how far they have come. */
export interface ThirdParty {
  kind: "colleague" | "988" | "interpreter";
  staff: Person | null;
  presence: "waiting" | "called" | "joined" | "spoken";
}

/** Who is on the caller's line. `worker` is null once they have left it to an outside line. */
export interface RunningCall {
  worker: Person | null;
  is_conference: boolean;
  third: ThirdParty | null;
  /** Whether the worker may leave: only after the third party has spoken. */
  may_leave: boolean;
}

/** Somebody who can be brought into the call: `who` for the request, and a label. */
export interface Choice {
  who: string;
  label: string;
}

/** A crisis in full, as its own page shows it; `caller` is null when the role may not see it. */
export interface CrisisDocument {
  ref: string;
  team: string;
  state: CrisisState;
  owner: Person | null;
  source: Source;
  opened_at: Time;
  closed_at: Time | null;
  disposition: string | null;
  line: string | null;
  caller: Caller | null;
  language: string | null;
  /** Empty when the role may not see them. */
  contacts: Contact[];
  timeline: TimelineEntry[];
  /** Null while nobody of the team talks with the caller; an older node doesn't tell. */
  call?: RunningCall | null;
  /** Empty while nobody can be brought in, or the role may not act. */
  bring_in?: Choice[];
  /** A hospital's side, where one told it; null where the role may not see it. */
  hospital?: HospitalSide | null;
}

export interface Disposition {
  id: string;
  label: string;
}
