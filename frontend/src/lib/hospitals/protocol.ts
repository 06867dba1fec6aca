/** Hospital episodes, notices and feeds, as the service tells them. */

import type { Person, Time } from "../protocol";
import type { Day } from "../schedule/days";

/** A hospital or a network, with its name. */
export interface Named {
  id: string;
  name: string;
}

/** A client, for those who may see them; `number` is what the service calls them in requests. */
export interface ClientTold {
  number: number;
  id: string;
  name: string;
}

export type EpisodeState =
  | "planned"
  | "in_ed"
  | "observed"
  | "admitted"
  | "on_leave"
  | "outpatient"
  | "discharged"
  | "cancelled";

/** The seven steps of an episode, in their order. */
export const STAGES = [
  "notified",
  "called_back",
  "involved",
  "seen",
  "planned_jointly",
  "discharged",
  "followed_up",
] as const;
export type Stage = (typeof STAGES)[number];

export type Standing = "done" | "open" | "late" | "missed" | "overdue" | "not_due";
export type LegalStatus = "voluntary" | "involuntary";
export type Setting = "emergency" | "inpatient" | "observation" | "outpatient";

export const STEP_KINDS = [
  "called_back",
  "decision_learned",
  "involved",
  "contact",
  "planning",
  "medication_handed_over",
  "placement_handed_over",
  "follow_up",
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const HOWS = ["on_the_phone", "in_person", "asked_for_it", "opposed_it"] as const;
export type How = (typeof HOWS)[number];

export interface Due {
  stage: Stage;
  by: Time;
  overdue: boolean;
}

/** The wait in an emergency department for a bed. */
export interface Boarding {
  since: Time;
  until: Time | null;
  /** Whether it counts from the decision to admit; else from the arrival. */
  decided: boolean;
}

/** Where a client is, and what is due. `client` is null where the role may not see them. */
export interface Admission {
  key: string;
  team: string;
  client: ClientTold | null;
  initials: string;
  hospital: Named;
  unit: string;
  state: EpisodeState;
  since: Time | null;
  day: number | null;
  legal_status: LegalStatus | null;
  legal_changed_at: Time | null;
  boarding: Boarding | null;
  planned_discharge: Day | null;
  discharged_at: Time | null;
  crisis: string | null;
  call_by: Time | null;
  due: Due[];
}

export interface Admissions {
  at: Time;
  admissions: Admission[];
}

export interface Segment {
  hospital: Named;
  setting: Setting;
  since: Time | null;
  until: Time | null;
  facility: string;
  unit: string;
  psychiatric: boolean | null;
}

export interface Line {
  at: Time;
  what: string;
  hospital: Named;
  unit: string;
  arrived_at: Time;
  undone: boolean;
  moved_from: Time | null;
}

export interface Mark {
  stage: Stage;
  standing: Standing;
  at: Time | null;
  by: Person | null;
  why: string;
}

export interface Step {
  id: number;
  kind: StepKind;
  how: How | null;
  at: Time;
  by: Person | null;
  recorded_at: Time;
  words: string;
  crisis: string | null;
  retracted_at: Time | null;
}

export interface Reporter {
  name: string;
  role: string;
  unit: string;
  callback: string;
}

/** What a person of the hospital told besides. */
export interface ReportTold {
  at: Time;
  reporter: Reporter;
  safety: string;
  may_visit: boolean | null;
  may_call: boolean | null;
  discharge_planner: string;
  planning_meeting: Time | null;
  part_2: boolean;
}

/** Whether an episode counts for a measure, and why. */
export interface Counts {
  counts: boolean;
  in_numerator: boolean;
  reason: string;
  to_settle: boolean;
}

export interface EpisodePage extends Admission {
  timezone: string;
  segments: Segment[];
  leaves: { since: Time; until: Time | null }[];
  legal: { at: Time; status: LegalStatus }[];
  notified: { hospital: Named; at: Time; delay_minutes: number | null }[];
  history: Line[];
  marks: Mark[];
  steps: Step[];
  reports: ReportTold[];
  disposition: string;
  went: string;
  doubts: string[];
  crises: string[];
  counts: { O5: Counts | null; O6: Counts | null };
}

export type Verdict = "same" | "like" | "near" | "unknown" | "different" | "conflict";

export interface ComparedField {
  what: string;
  theirs: string;
  ours: string;
  verdict: Verdict;
  why: string;
}

export interface Candidate {
  client: ClientTold;
  team: string;
  rule: string;
  against: string[];
  rows: ComparedField[];
}

/** A notice of which nobody knows yet, or not for certain, whom it is about. */
export interface Unsettled {
  reference: string;
  received_at: Time;
  hospital: Named;
  what: string;
  happened_at: Time | null;
  unit: string;
  crises: string[];
  person: {
    names: string[];
    birth_date: Day | null;
    sex: string | null;
    identifiers: { kind: string; value: string; authority: string }[];
    addresses: string[];
    phones: string[];
  };
  reporter: Reporter | null;
  candidates: Candidate[];
}

export const LETTER_STATES = ["quarantined", "waiting", "read", "passed_over"] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** One thing that came, without its content. */
export interface Letter {
  id: number;
  received_at: Time;
  channel: string;
  hospital: Named | null;
  message_id: string;
  state: LetterState;
  reason: string;
  settled_at: Time | null;
  repeats: number;
  size: number;
}

export interface Inbox {
  letters: Letter[];
  counts: Record<string, number>;
}

export type Matched = "linked" | "possible" | "none" | "dismissed" | "person";

export interface OpenLetter extends Letter {
  text: string;
  notices: { reference: string; kind: string; match: Matched }[];
}

/** How a hospital's HL7 v2 is understood; null is the usual way. */
export interface Hl7Rules {
  classes: Record<string, Setting | null> | null;
  legal_status_at: string | null;
  involuntary: string[] | null;
  voluntary: string[] | null;
  processing: string[] | null;
  refuse_with: string | null;
  certificates: string[] | null;
}

export interface Hospital {
  id: string;
  name: string;
  timezone: string;
  phone: string | null;
  in_charge: string | null;
  psychiatric: boolean;
  psychiatric_units: string[];
  known_as: string[];
  /** Null for those who may not see them. */
  rules: Hl7Rules | null;
  /** When it was last heard, by channel. */
  last_heard: Record<string, Time>;
  /** The longest pause that its programs usually make; null where they have no rhythm. */
  usual_hours: number | null;
  silent: boolean;
  quarantined: number;
}

export interface FormLink {
  id: string;
  unit: string;
  created_at: Time;
  created_by: string;
  expires_at: Time;
  revoked_at: Time | null;
}

/** A link that has just been made: its address is told this once. */
export interface NewLink extends FormLink {
  url: string;
  /** An SVG document. */
  qr: string;
}

/** A network that works from a roster which we upload. */
export interface Network {
  id: string;
  name: string;
  valid_days: number;
  last: { at: Time; by: string; clients: number; expires_at: Time } | null;
  expires_in_days: number | null;
  expired: boolean;
}

export interface FeedAlarm {
  what: string;
  text: string;
  since: Time;
}

export interface Share {
  numerator: number;
  denominator: number;
  percent: number | null;
}

/** An episode behind a number. */
export interface CountedRow extends Counts {
  episode: string;
  initials: string;
  client: ClientTold | null;
  hospital: Named;
  at: Time | null;
}

export interface CountedShare extends Share {
  rows: CountedRow[];
}

export type MeasureName = "O5" | "O6";

export interface MeasureTold extends CountedShare {
  measure: MeasureName;
  title: string;
  score: number | null;
  words: string;
  last_ten: CountedShare;
}

/** O5 and O6 of a team in some days, both included. */
export interface FidelityReport {
  team: string;
  from: Day;
  to: Day;
  timezone: string;
  scale: { name: string; in_force_from: Day; source: string };
  measures: MeasureTold[];
  delays: {
    hospital: Named;
    notices: number;
    median_minutes: number | null;
    longest_minutes: number | null;
    unknown: number;
  }[];
  stay: { episodes: number; mean_days: number | null; median_days: number | null };
  readmissions: {
    discharges: number;
    within_30_days: number;
    percent: number | null;
    rows: CountedRow[];
  };
  months: ({ month: string } & Record<MeasureName, { numerator: number; denominator: number }>)[];
}

/** A hospital's side of a crisis: its notices, and until when a call is promised. */
export interface HospitalSide {
  hospital: Named;
  call_by: Time;
  called_at: Time | null;
  notices: {
    reference: string;
    received_at: Time;
    what: string;
    match: Matched;
    episode: string | null;
    reporter: string | null;
    callback: string | null;
  }[];
}
