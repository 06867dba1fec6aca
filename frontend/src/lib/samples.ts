/** Invented boards, teams and crises for the tests. */

import type { Board, CrisisCard, CrisisDocument, TeamCard, User } from "./protocol";

export const ANA = { id: "ana", name: "Ana Ruiz" };
export const BEN = { id: "ben", name: "Ben Okafor" };
export const CLEO = { id: "cleo", name: "Cleo Park" };

/** A call that rings Ana, the primary of the north team; say only what differs. */
export function crisisCard(differs: Partial<CrisisCard> = {}): CrisisCard {
  return {
    ref: "K7Q",
    team: "north",
    state: "ringing",
    source: "call",
    told_by: null,
    opened_at: "2026-01-06T11:00:00+00:00",
    owner: null,
    handing_to: null,
    reaching: { staff: ANA, tier: "primary", since: "2026-01-06T11:00:00+00:00", how: "call" },
    since: "2026-01-06T11:00:00+00:00",
    due_at: null,
    round: 1,
    alarm: null,
    calling: null,
    ...differs,
  };
}

/** The north team with Ana on call. */
export function teamCard(differs: Partial<TeamCard> = {}): TeamCard {
  return {
    id: "north",
    name: "North ACT",
    timezone: "America/Los_Angeles",
    on_call: [{ tier: "primary", staff: ANA, until: "2026-01-12T17:00:00+00:00", next: null }],
    last_resort: ["988", "+18002738255"],
    calls_today: 0,
    alarms: [],
    ...differs,
  };
}

export function board(differs: Partial<Board> = {}): Board {
  return { teams: [teamCard()], crises: [], ...differs };
}

export function crisisDocument(differs: Partial<CrisisDocument> = {}): CrisisDocument {
  return {
    ref: "K7Q",
    team: "north",
    state: "accepted",
    owner: ANA,
    source: "call",
    opened_at: "2026-01-06T11:00:00+00:00",
    closed_at: null,
    disposition: null,
    line: null,
    caller: null,
    language: null,
    contacts: [],
    timeline: [],
    call: null,
    bring_in: [],
    ...differs,
  };
}

/** Ana as she logs in. */
export function user(differs: Partial<User> = {}): User {
  return {
    name: "Ana Ruiz",
    email: "ana@example.org",
    role: "clinician",
    staff: "ana",
    teams: ["north"],
    ...differs,
  };
}
