/** The service's interface to rotas, coverage, covers and swaps; a refusal is a sentence to show. */

import { request } from "../api";
import type { Person } from "../protocol";
import { previewOf, staffUrl, teamUrl, type Change } from "./changes";
import type { Span } from "./days";
import type {
  Candidate,
  Coverage,
  JournalEntry,
  OpenedGap,
  Request,
  Rota,
  Schedule,
  TimeOff,
  Verdict,
} from "./protocol";

function within({ start, end }: Span): string {
  const times = { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
  return `?${new URLSearchParams(times)}`;
}

/** All that decides who stands in a team. */
export function rota(team: string): Promise<Rota> {
  return request("GET", teamUrl(team, "rota"));
}

/** Who stands when. */
export function schedule(team: string, window: Span): Promise<Schedule> {
  return request("GET", teamUrl(team, "schedule") + within(window));
}

/** Where nobody stands, or not as it should be; without a window from now to the horizon. */
export function coverage(team: string, window?: Span): Promise<Coverage> {
  return request("GET", teamUrl(team, "coverage") + (window ? within(window) : ""));
}

/** The team's journal, the newest first; `before` is the id of an entry. */
export function journal(team: string, before?: number): Promise<JournalEntry[]> {
  return request("GET", teamUrl(team, "history") + (before ? `?before=${before}` : ""));
}

/** What a change would do. Nothing is saved. */
export async function preview(change: Change): Promise<Verdict> {
  return verdictOf(await make(previewOf(change)));
}

/** Make a change. A 409 carries the gaps it would open: see `openedBy`. */
export function make(change: Change): Promise<unknown> {
  return request(change.method, change.url, change.body);
}

function verdictOf(answer: unknown): Verdict {
  const told = answer as Verdict | { coverage: Verdict };
  return "coverage" in told ? told.coverage : told;
}

/** The gaps for which the service refused a change; none when it had another reason. */
export function openedBy(answer: unknown): OpenedGap[] {
  const told = answer as { opened?: OpenedGap[] } | null;
  return told?.opened ?? [];
}

/** Who could take a stretch of a tier, the best suited first. */
export function candidates(
  team: string,
  stretch: { tier: string; start: string; end: string },
): Promise<Candidate[]> {
  return request(
    "GET",
    `${teamUrl(team, "covers", "candidates")}?${new URLSearchParams({ ...stretch })}`,
  );
}

/** Ask colleagues to take a stretch. */
export function askForCover(
  team: string,
  cover: { tier: string; start: string; end: string; mode: "all" | "waves"; note: string },
  staff: string,
): Promise<Request> {
  return request("POST", teamUrl(team, "covers"), { ...cover, staff });
}

/** Ask a colleague to swap a shift with one of theirs. */
export function askForSwap(
  team: string,
  swap: {
    tier: string;
    start: string;
    end: string;
    other_tier: string;
    other_start: string;
    other_end: string;
    note: string;
  },
  staff: string,
): Promise<Request> {
  return request("POST", teamUrl(team, "swaps"), { ...swap, staff });
}

/** The team's open cover requests and swaps. */
export function openRequests(team: string): Promise<Request[]> {
  return request("GET", `${teamUrl(team, "requests")}?state=open`);
}

export type RequestAction = "yes" | "no" | "withdraw" | "approve" | "refuse";

/** Answer a cover request or swap, or take it back. */
export function answerRequest(ref: string, action: RequestAction): Promise<Request> {
  return request("POST", `/api/requests/${encodeURIComponent(ref)}/${action}`, {});
}

/** When somebody is away. */
export function timeOff(staff: string): Promise<TimeOff[]> {
  return request("GET", staffUrl(staff, "time-off"));
}

/** The active people of a team. */
export function members(team: string): Promise<Person[]> {
  return request("GET", teamUrl(team, "members"));
}
