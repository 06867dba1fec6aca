/** The board as a value: what a numbered change makes of it, the same way as the service does. */

import type { Board, Change, CrisisCard, TeamCard, Time } from "./protocol";
import { compareTimes } from "./time";

/**
 * The board after one change. Law, tested on both sides: an old snapshot plus all its changes
 * equals a fresh snapshot. `admissions`, `nothing` and `reload` leave the board as it is; on
 * `reload` the live client asks for a fresh snapshot.
 */
export function apply(board: Board, change: Change): Board {
  switch (change.kind) {
    case "crisis":
      return { ...board, crises: withCrisis(board.crises, change.crisis) };
    case "crisis_closed":
      return { ...board, crises: withoutCrisis(board.crises, change.ref, change.team) };
    case "team":
      return { ...board, teams: withTeam(board.teams, change.team) };
    case "admissions":
    case "nothing":
    case "reload":
      return board;
  }
}

/** True while no member of the team has the crisis: somebody still has to take it. */
export function needsOwner(crisis: CrisisCard): boolean {
  return crisis.owner === null && crisis.state !== "closed";
}

/**
 * When the ladder takes its next step or a hand-off runs out, if either is waited for. While a phone rings the
 * deadline is only our guard: the step comes as soon as the phone stops ringing.
 */
export function nextStepAt(crisis: CrisisCard): Time | null {
  return crisis.state === "ringing" ? null : crisis.due_at;
}

function withCrisis(crises: CrisisCard[], crisis: CrisisCard): CrisisCard[] {
  return [...crises.filter((other) => other.ref !== crisis.ref), crisis].sort(
    (a, b) => compareTimes(a.opened_at, b.opened_at) || compareTexts(a.ref, b.ref),
  );
}

/** A crisis that has gone to another team stays, under its new team. */
function withoutCrisis(crises: CrisisCard[], ref: string, team: string): CrisisCard[] {
  return crises.filter((crisis) => crisis.ref !== ref || crisis.team !== team);
}

function withTeam(teams: TeamCard[], team: TeamCard): TeamCard[] {
  return [...teams.filter((other) => other.id !== team.id), team].sort(
    (a, b) => compareTexts(a.name, b.name) || compareTexts(a.id, b.id),
  );
}

/** Plain code-unit order, as Python sorts, and not the reader's locale. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
