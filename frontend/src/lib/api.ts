/** The service's HTTP interface as typed functions; a refusal becomes a sentence to show. */

import type { CrisisDocument, Disposition, Person, Session } from "./protocol";

const ANSWER_WITHIN_MS = 15_000;

/** The service said no, or could not be asked; `message` is a sentence for the reader. */
export class Refusal extends Error {
  constructor(
    /** The HTTP status, or 0 when no answer came. */
    readonly status: number,
    sentence: string,
    /** All that the service answered: a refused change of a rota tells the gaps it would open. */
    readonly answer: unknown = null,
  ) {
    super(sentence);
  }
}

/** Who is logged in, or null. */
export async function session(): Promise<Session | null> {
  try {
    return await request<Session>("GET", "/api/session");
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return null;
    throw error;
  }
}

/** Begin a session; a wrong password or too many tries is a `Refusal` in the service's words. */
export function logIn(email: string, password: string): Promise<Session> {
  return request("POST", "/api/session", { email, password });
}

/** End the session. */
export function logOut(): Promise<void> {
  return request("DELETE", "/api/session");
}

/** The whole crisis with its timeline. */
export function crisis(ref: string): Promise<CrisisDocument> {
  return request("GET", crisisUrl(ref));
}

/** Take the crisis: the one atomic claim. A 409 says who has it. */
export function accept(ref: string): Promise<CrisisDocument> {
  return request("POST", crisisUrl(ref, "accept"), {});
}

/** Say no: the ladder climbs at once. */
export function decline(ref: string): Promise<CrisisDocument> {
  return request("POST", crisisUrl(ref, "decline"), {});
}

/** Give the crisis to another person, by staff id. */
export function handOff(ref: string, to: string): Promise<CrisisDocument> {
  return request("POST", crisisUrl(ref, "hand-off"), { to });
}

/** Ring one's own phone, to be connected with the client by our line. */
export function callBack(ref: string): Promise<CrisisDocument> {
  return request("POST", crisisUrl(ref, "call-back"));
}

/** Bring somebody into the call: a tier, a colleague's id, 988, or interpreter. */
export function bringIn(ref: string, who: string): Promise<CrisisDocument> {
  return request("POST", crisisUrl(ref, "bring-in"), { who });
}

/** Let the worker out of the call, which goes on with whom they brought in. */
export function leave(ref: string): Promise<CrisisDocument> {
  return request("POST", crisisUrl(ref, "leave"), {});
}

/** Add a note to the timeline. */
export function addNote(ref: string, text: string): Promise<CrisisDocument> {
  return request("POST", crisisUrl(ref, "note"), { text });
}

/** Close with a disposition's id and, if there is more to say, a note. */
export function close(ref: string, disposition: string, note: string): Promise<CrisisDocument> {
  const body = note ? { disposition, note } : { disposition };
  return request("POST", crisisUrl(ref, "close"), body);
}

/** The ways in which a crisis can end. */
export function dispositions(): Promise<Disposition[]> {
  return request("GET", "/api/dispositions");
}

/** The people of a team, for a handoff. */
export function members(team: string): Promise<Person[]> {
  return request("GET", `/api/teams/${encodeURIComponent(team)}/members`);
}

function crisisUrl(ref: string, action?: string): string {
  const url = `/api/crises/${encodeURIComponent(ref)}`;
  return action ? `${url}/${action}` : url;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One request whose answer is a file, called as the service calls it, else `name`. */
export async function requestFile(method: Method, url: string, name: string): Promise<File> {
  let response: Response;
  let content: Blob;
  try {
    response = await fetch(url, { method, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    content = await response.blob();
  } catch {
    throw new Refusal(0, unanswered(method));
  }
  if (!response.ok) {
    const answer: unknown = await new Response(content).json().catch(() => null);
    throw new Refusal(response.status, sentence(response.status, answer), answer);
  }
  const said = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return new File([content], said ?? name, { type: content.type });
}

/** One request, of JSON or of a file; every failure is thrown as a `Refusal`. */
export async function request<T>(
  method: Method,
  url: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<T> {
  const init: RequestInit = {
    method,
    headers: { Accept: "application/json", ...headers },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  };
  if (body) {
    const file = body instanceof Blob;
    init.headers = { ...init.headers, "Content-Type": file ? body.type : "application/json" };
    init.body = file ? body : JSON.stringify(body);
  }
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(url, init);
    answer = response.status === 204 ? undefined : await readJson(response);
  } catch {
    throw new Refusal(0, unanswered(method));
  }
  if (!response.ok) throw new Refusal(response.status, sentence(response.status, answer), answer);
  return answer as T;
}

/** Errors may come as plain text from something between us and the service. */
async function readJson(response: Response): Promise<unknown> {
  return response.ok ? response.json() : response.json().catch(() => null);
}

/** A change without an answer may have happened all the same, so never claim that it did not. */
function unanswered(method: Method): string {
  return method === "GET"
    ? "Vigil does not answer. Check the connection and try again."
    : "Vigil did not answer, so it is not known whether this was saved. Look, then try again.";
}

function sentence(status: number, answer: unknown): string {
  if (typeof answer === "object" && answer !== null && "detail" in answer) {
    if (typeof answer.detail === "string") return answer.detail;
  }
  if (status === 401) return "You are logged out. Log in again: what you typed stays here.";
  if (status === 403) return "Your role may not do this.";
  if (status === 404) return "Nothing here has that name, or it belongs to another team.";
  if (status === 422) return "Something in the form is missing or not understood.";
  return `Vigil could not do this (error ${status}). Try again.`;
}
