/** What the service does about hospitals, as typed functions; each answer is held against its type. */

import { Refusal, request, requestFile, type Method } from "../api";
import { ProtocolError, type Check } from "../checks";
import type { Period } from "../fairness/period";
import type { Time } from "../protocol";
import { teamUrl } from "../schedule/changes";
import * as checks from "./checks";
import type {
  Admissions,
  EpisodePage,
  FeedAlarm,
  FidelityReport,
  FormLink,
  Hospital,
  How,
  Inbox,
  LetterState,
  Network,
  NewLink,
  OpenLetter,
  Step,
  StepKind,
  Unsettled,
} from "./protocol";

/** Ask, and hold the answer against its check: a page older than the service says so. */
async function ask<T>(check: Check<T>, method: Method, url: string, body?: object): Promise<T> {
  const answer: unknown = await request(method, url, body);
  try {
    return check(answer, "answer");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Refusal(
      0,
      `Vigil has been renewed and this page is older than it: reload the page. (${error.wanted})`,
    );
  }
}

const part = encodeURIComponent;

/** Who is in hospital in all the teams that one may see, and what is due. */
export function admissions(): Promise<Admissions> {
  return ask(checks.checkAdmissions, "GET", "/api/admissions");
}

/** Everything about one episode, by any key that it ever had. */
export function episode(key: string): Promise<EpisodePage> {
  return ask(checks.checkEpisode, "GET", `/api/episodes/${part(key)}`);
}

/** What was done: `how` goes with an involvement, and with nothing else. */
export interface StepDone {
  kind: StepKind;
  at: Time;
  staff?: string;
  how?: How;
  words?: string;
}

/** Record something that the team did; twice the same is recorded once. */
export function recordStep(key: string, done: StepDone): Promise<Step> {
  return ask(checks.checkStep, "POST", `/api/episodes/${part(key)}/steps`, done);
}

/** Take a step back; it stays, as taken back. */
export function retractStep(key: string, id: number): Promise<void> {
  return request("DELETE", `/api/episodes/${part(key)}/steps/${id}`);
}

/** Notices that wait for a person, the oldest first; those about nobody known are for leads. */
export async function unsettled(state: "possible" | "none"): Promise<Unsettled[]> {
  return (await ask(checks.checkUnsettled, "GET", `/api/matching?state=${state}`)).notices;
}

/** Say that a notice is about this client; gives the key of the episode. */
export async function link(reference: string, client: number): Promise<string | null> {
  const url = `/api/matching/${part(reference)}/link`;
  return (await ask(checks.checkLinked, "POST", url, { client })).episode;
}

/** Say that a notice is about nobody of ours. */
export function dismiss(reference: string, why: string): Promise<void> {
  return request("POST", `/api/matching/${part(reference)}/dismiss`, { why });
}

/** Take a wrong link back. */
export function unlink(reference: string, why: string): Promise<void> {
  return request("POST", `/api/matching/${part(reference)}/unlink`, { why });
}

/** What came, the newest first; `before` asks for what is older than that letter. */
export function inbox(
  state: LetterState | null,
  hospital: string | null,
  before?: number,
): Promise<Inbox> {
  const asked = new URLSearchParams();
  if (state) asked.set("state", state);
  if (hospital) asked.set("hospital", hospital);
  if (before !== undefined) asked.set("before", String(before));
  return ask(checks.checkInbox, "GET", `/api/inbox?${asked}`);
}

/** One thing that came, with its content. */
export function letter(id: number): Promise<OpenLetter> {
  return ask(checks.checkLetter, "GET", `/api/inbox/${id}`);
}

/** Let it be read again. */
export function replay(id: number): Promise<void> {
  return request("POST", `/api/inbox/${id}/replay`);
}

/** Every hospital; how its messages are understood is told to leads only. */
export async function hospitals(): Promise<Hospital[]> {
  return (await ask(checks.checkHospitals, "GET", "/api/hospitals")).hospitals;
}

/** Understand a hospital otherwise from now on. */
export function changeRules(hospital: string, rules: object): Promise<void> {
  return request("PUT", `/api/hospitals/${part(hospital)}/rules`, rules);
}

/** The addresses of a hospital's forms, without their secrets. */
export async function formLinks(hospital: string): Promise<FormLink[]> {
  return (await ask(checks.checkLinks, "GET", `/api/hospitals/${part(hospital)}/form-links`)).links;
}

/** Make an address for a unit's form; it is told this once. */
export function makeLink(hospital: string, unit: string, days: number): Promise<NewLink> {
  const url = `/api/hospitals/${part(hospital)}/form-links`;
  return ask(checks.checkNewLink, "POST", url, { unit, days });
}

/** End an address at once. */
export function endLink(hospital: string, id: string): Promise<void> {
  return request("DELETE", `/api/hospitals/${part(hospital)}/form-links/${part(id)}`);
}

/** Where staff write down what a hospital tells by phone. */
export function phoneNoticeUrl(hospital: string): string {
  return `/api/hospitals/${part(hospital)}/phone-notices`;
}

/** The networks that work from our rosters. */
export async function rosters(): Promise<Network[]> {
  return (await ask(checks.checkRosters, "GET", "/api/rosters")).networks;
}

/** A fresh roster for a network, as a file. */
export function exportRoster(network: string): Promise<File> {
  return requestFile("POST", `/api/rosters/${part(network)}/export`, `roster-${network}.csv`);
}

/** What is wrong with what hospitals send us. */
export async function feedAlarms(): Promise<FeedAlarm[]> {
  return (await ask(checks.checkAlarms, "GET", "/api/feed-alarms")).alarms;
}

function fidelityUrl(team: string, page: string, { first, last }: Period): string {
  return `${teamUrl(team, page)}?${new URLSearchParams({ from: first, to: last })}`;
}

/** O5 and O6 of a team, with every episode behind them. */
export function fidelity(team: string, period: Period): Promise<FidelityReport> {
  return ask(checks.checkFidelity, "GET", fidelityUrl(team, "fidelity", period));
}

/** Where the same can be had as a file for spreadsheets. */
export function fidelityCsv(team: string, period: Period): string {
  return fidelityUrl(team, "fidelity.csv", period);
}
