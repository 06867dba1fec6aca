/** The service's planner: ask for a rota, look how far it is, put it in force, take it back. */

import { request } from "../api";
import { teamUrl, type Change } from "../schedule/changes";
import type { Asked, Plan, PlanCard, Usual } from "./protocol";

/** Ask for a rota. The search goes on without this page. */
export function ask(team: string, asked: Asked): Promise<{ id: number }> {
  return request("POST", teamUrl(team, "plans"), asked);
}

/** What a plan of a team is asked for where nothing else is said. */
export function usual(team: string): Promise<Usual> {
  return request("GET", teamUrl(team, "plans", "usual"));
}

/** All plans of a team, the newest first. */
export function plans(team: string): Promise<PlanCard[]> {
  return request("GET", teamUrl(team, "plans"));
}

/** One plan, with its draft or the reasons why there is none. */
export function plan(team: string, id: number): Promise<Plan> {
  return request("GET", teamUrl(team, "plans", id));
}

/** Puts a draft in force. */
export function applying(team: string, id: number): Change {
  return { method: "POST", url: teamUrl(team, "plans", id, "apply"), body: {} };
}

/** Takes an applied draft back. */
export function undoing(team: string, id: number): Change {
  return { method: "POST", url: teamUrl(team, "plans", id, "undo"), body: {} };
}
