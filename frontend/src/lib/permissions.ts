/** Which buttons a person sees. The service decides again: a hidden button is only a courtesy. */

import type { HospitalPage } from "./paths";
import type { CrisisCard, CrisisDocument, User } from "./protocol";

export interface Actions {
  /** Take a crisis that nobody has, or that its owner asks one to take over. */
  accept: boolean;
  /** Take a crisis over from the colleague who has it. */
  takeOver: boolean;
  /** Say no while being tried or asked. */
  decline: boolean;
  /** As the owner, let the ladder look for somebody else. */
  giveBack: boolean;
  /** As the owner, be connected with the client by our line, unless that is being done. */
  callBack: boolean;
  handOff: boolean;
  note: boolean;
  close: boolean;
}

const NONE: Actions = {
  accept: false,
  takeOver: false,
  decline: false,
  giveBack: false,
  callBack: false,
  handOff: false,
  note: false,
  close: false,
};

/**
 * What `user` may do with a crisis now. Only staff of the team can take it; only the person being
 * tried or asked to take over at this moment can decline, and only the owner give it back, not in the middle of a talk;
 * a note may come after the end; a viewer changes nothing.
 */
export function actionsFor(user: User, crisis: CrisisCard | CrisisDocument): Actions {
  const member = user.teams.includes(crisis.team);
  const concerned = member || user.role === "admin";
  if (!concerned || user.role === "viewer") return NONE;
  if (crisis.state === "closed") return { ...NONE, note: true };
  const staff = member ? user.staff : null;
  const reached = "reaching" in crisis ? crisis.reaching?.staff?.id : undefined;
  const owned = crisis.owner !== null;
  const asked = "handing_to" in crisis && staff !== null && crisis.handing_to?.id === staff;
  const own = staff !== null && crisis.owner?.id === staff;
  return {
    accept: asked || (staff !== null && !owned),
    takeOver: staff !== null && owned && !own && !asked,
    decline: asked || (staff !== null && !owned && reached === staff),
    giveBack: own && crisis.state !== "talking",
    callBack: own && crisis.state === "accepted" && !("calling" in crisis && crisis.calling),
    handOff: owned,
    note: true,
    close: true,
  };
}

/** Whether `user` leads a team: may change its rota, plan it and accept its gaps. */
export function mayLead(user: User, team: string): boolean {
  return user.role === "admin" || (user.role === "lead" && user.teams.includes(team));
}

/** Whether `user` may see clients and record what was done: everybody but a wall's login. */
export function mayAct(user: User): boolean {
  return user.role !== "viewer";
}

/** Whether `user` may look into the inbox, link unknown notices and make forms' links. */
export function mayRunFeeds(user: User): boolean {
  return user.role === "lead" || user.role === "admin";
}

/** The pages about hospitals that `user` has something to do on. */
export function hospitalPages(user: User): HospitalPage[] {
  if (!mayAct(user)) return ["admissions"];
  const forAll: HospitalPage[] = ["admissions", "phone_notice", "matching"];
  return mayRunFeeds(user) ? [...forAll, "inbox", "hospitals"] : forAll;
}
