/** Episodes, steps, notices and feeds in plain words. */

import type { Time } from "../protocol";
import { MINUTE } from "../schedule/days";
import { clock, moment as toTheSecond } from "../schedule/words";
import { instant } from "../time";
import { plain } from "../words";
import type {
  Admission,
  ClientTold,
  Due,
  EpisodeState,
  How,
  LegalStatus,
  LetterState,
  Matched,
  Setting,
  Stage,
  Standing,
  StepKind,
  Verdict,
} from "./protocol";

/** An instant to the minute; hospitals' seconds tell nobody anything. */
export function moment(at: number, zone: string, now: number): string {
  return toTheSecond(Math.floor(at / MINUTE) * MINUTE, zone, now);
}

/** A word and a sign beside it, so that no meaning is in a colour alone. */
export interface Marked {
  sign: string;
  text: string;
}

const STATES: Record<EpisodeState, string> = {
  planned: "Admission planned",
  in_ed: "In the emergency department",
  observed: "Kept for observation",
  admitted: "Admitted",
  on_leave: "On leave",
  outpatient: "Outpatient after all",
  discharged: "Discharged",
  cancelled: "Taken back by the hospital",
};

/** Where somebody is in an episode. */
export function episodeState(state: EpisodeState): string {
  return STATES[state];
}

/** Whether somebody is in a hospital's hands at this moment, on leave or not. */
export function inHospital(state: EpisodeState): boolean {
  return ["in_ed", "observed", "admitted", "on_leave"].includes(state);
}

const STAGE_NAMES: Record<Stage, string> = {
  notified: "Notified",
  called_back: "Hospital called back",
  involved: "Part in the decision",
  seen: "Seen in hospital",
  planned_jointly: "Discharge planned jointly",
  discharged: "Discharged",
  followed_up: "Seen after the discharge",
};

/** One of the seven steps of an episode. */
export function stageName(stage: Stage): string {
  return STAGE_NAMES[stage];
}

const STANDINGS: Record<Standing, Marked> = {
  done: { sign: "✓", text: "done" },
  open: { sign: "○", text: "open" },
  late: { sign: "△", text: "too late" },
  missed: { sign: "✕", text: "missed" },
  overdue: { sign: "▲", text: "overdue" },
  not_due: { sign: "–", text: "not due" },
};

/** How it stands with a step. */
export function standing(one: Standing): Marked {
  return STANDINGS[one];
}

const KINDS: Record<StepKind, string> = {
  called_back: "Called the hospital back",
  decision_learned: "Learned when the hospital decided to admit",
  involved: "Had a part in the decision to admit",
  contact: "Saw the client in hospital",
  planning: "Planned the discharge with the hospital",
  medication_handed_over: "Medication handed over",
  placement_handed_over: "Placement handed over",
  follow_up: "Saw the client after the discharge",
};

/** Something that the team did. */
export function stepKind(kind: StepKind): string {
  return KINDS[kind];
}

const HOW_WORDS: Record<How, string> = {
  on_the_phone: "on the phone",
  in_person: "in person",
  asked_for_it: "asked for the admission",
  opposed_it: "opposed the admission",
};

/** How the team had a part in the decision. */
export function howWords(how: How): string {
  return HOW_WORDS[how];
}

/** Whether somebody is there by their own will. */
export function legalStatus(status: LegalStatus): string {
  return status === "voluntary" ? "Voluntary" : "Involuntary";
}

const SETTINGS: Record<Setting, string> = {
  emergency: "emergency department",
  inpatient: "inpatient",
  observation: "observation",
  outpatient: "outpatient",
};

/** In what kind of care somebody is. */
export function settingName(setting: Setting): string {
  return SETTINGS[setting];
}

const VERDICTS: Record<Verdict, Marked> = {
  same: { sign: "✓", text: "same" },
  like: { sign: "≈", text: "alike" },
  near: { sign: "~", text: "near" },
  unknown: { sign: "?", text: "not known" },
  different: { sign: "≠", text: "different" },
  conflict: { sign: "✕", text: "conflict" },
};

/** What came of comparing a field. */
export function verdict(one: Verdict): Marked {
  return VERDICTS[one];
}

const LETTERS: Record<LetterState, string> = {
  quarantined: "Quarantine",
  waiting: "Waiting to be read",
  read: "Read",
  passed_over: "Passed over",
};

/** How far something that came has got. */
export function letterState(state: LetterState): string {
  return LETTERS[state];
}

const CHANNELS: Record<string, string> = {
  mllp: "HL7 v2 over MLLP",
  hl7: "HL7 v2 over HTTPS",
  fhir: "FHIR",
  webhook: "Webhook",
  form: "Form",
  phone: "Phone, written down",
};

/** The way by which something came; an unknown one stays as it is. */
export function channelName(channel: string): string {
  return CHANNELS[channel] ?? plain(channel);
}

const MATCHES: Record<Matched, string> = {
  linked: "linked with a client",
  possible: "possibly a client: waits for a person",
  none: "about nobody known",
  dismissed: "about nobody of ours, says a person",
  person: "tells only of the person: nothing to do",
};

/** Whether it is known whom a notice is about. */
export function matchWords(match: Matched): string {
  return MATCHES[match];
}

/** A client by name, or by initials for those who may not know more. */
export function whoIs(one: { client: ClientTold | null; initials: string }): string {
  return one.client?.name ?? (one.initials || "No initials");
}

/** A length in minutes, as long as it matters: 12 min, 3 h 05 min, 2 days 4 h. */
export function lengthOf(minutes: number): string {
  const whole = Math.max(0, Math.floor(minutes));
  const [days, hours, rest] = [Math.floor(whole / 1440), Math.floor(whole / 60) % 24, whole % 60];
  if (days) return `${days} ${days === 1 ? "day" : "days"}${hours ? ` ${hours} h` : ""}`;
  return hours ? `${hours} h ${String(rest).padStart(2, "0")} min` : `${rest} min`;
}

function minutesBetween(from: number, to: number): number {
  return (to - from) / 60_000;
}

/** How long somebody waits in an emergency department for a bed; null where nobody waits. */
export function boardingWords({ boarding }: Admission, now: number): string | null {
  if (!boarding) return null;
  const end = boarding.until === null ? now : instant(boarding.until);
  const length = lengthOf(minutesBetween(instant(boarding.since), end));
  const what = boarding.until === null ? "Waits" : "Waited";
  const from = boarding.decided ? "since the decision" : "since the arrival";
  return `${what} in the emergency department for a bed: ${length} ${from}`;
}

const TO_DO: Partial<Record<Stage, string>> = {
  called_back: "Call the hospital back",
  followed_up: "See the client in person",
};

/** What is due, by when. */
export function dueWords(due: Due, zone: string, now: number): string {
  const what = TO_DO[due.stage] ?? stageName(due.stage);
  const at = instant(due.by);
  const when = `by ${moment(at, zone, now)}`;
  const late = due.overdue || now >= at;
  return late
    ? `${what} ${when}: overdue by ${lengthOf(minutesBetween(at, now))}`
    : `${what} ${when}: ${lengthOf(minutesBetween(now, at))} left`;
}

/** Whether it should have been done by now: time goes on while nothing is fetched. */
export function isOverdue(due: Due, now: number): boolean {
  return due.overdue || now >= instant(due.by);
}

/** Until when the hospital was promised a call. */
export function promiseWords(callBy: Time, zone: string, now: number): string {
  const at = instant(callBy);
  const late = now >= at ? `: late by ${lengthOf(minutesBetween(at, now))}` : "";
  return `A call is promised by ${clock(Math.floor(at / MINUTE) * MINUTE, zone)}${late}`;
}

/** How many bytes: 812 bytes, 12 KB. */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${Math.round(kilobytes)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}

/** What came, to be read: a line for each segment, JSON set out, control characters to be seen. */
export function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text
      .replace(/\r\n?/g, "\n")
      .replace(/[\0-\x08\x0b-\x1f]/g, (one) => String.fromCharCode(0x2400 + one.charCodeAt(0)));
  }
}

/** A share in words: 19 of 20 (95 %); nothing to count has none. */
export function shareWords(share: {
  numerator: number;
  denominator: number;
  percent: number | null;
}): string {
  if (share.percent === null) return "nothing to count";
  return `${share.numerator} of ${share.denominator} (${share.percent} %)`;
}
