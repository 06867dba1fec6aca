/**
 * Changes of a rota as they go to the service: the same request is first tried (`preview`), which
 * saves nothing, and then made.
 */

import { instant } from "../time";
import type { Gap, OverrideKind, Rotation, Stint } from "./protocol";

/** A request that changes what decides coverage. */
export interface Change {
  method: "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  body?: object;
}

/** The same request, saving nothing: the service answers what it would do. */
export function previewOf(change: Change): Change {
  return { ...change, url: withQuery(change.url, "preview", "true") };
}

/** The same request from a lead who accepts the gaps it opens, for this reason. */
export function accepting(change: Change, reason: string): Change {
  if (change.method === "DELETE") {
    return { ...change, url: withQuery(change.url, "accept_gaps", reason) };
  }
  return { ...change, body: { ...change.body, accept_gaps: reason } };
}

function withQuery(url: string, name: string, value: string): string {
  const joint = url.includes("?") ? "&" : "?";
  return `${url}${joint}${new URLSearchParams({ [name]: value })}`;
}

/** An address below a team's. */
export function teamUrl(team: string, ...path: (string | number)[]): string {
  return ["/api/teams", team, ...path]
    .map((part, index) => (index ? segment(part) : part))
    .join("/");
}

/** An address below a person's. */
export function staffUrl(staff: string, ...path: (string | number)[]): string {
  return ["/api/staff", ...[staff, ...path].map(segment)].join("/");
}

function segment(part: string | number): string {
  return encodeURIComponent(part);
}

/** What somebody is writing about an override; times are empty until they are known. */
export interface OverrideDraft {
  tier: string;
  start: string;
  end: string;
  kind: OverrideKind;
  staff: string;
  /** Whose turns alone are replaced; empty for whoever would stand. */
  instead: string;
  reason: string;
}

/** What is still wrong with a stretch, as a sentence; null when nothing is. */
export function stretchFault({ start, end }: { start: string; end: string }): string | null {
  if (!start || !end) return "Say from when until when.";
  return instant(end) > instant(start) ? null : "The end must be later than the start.";
}

/** What is still wrong with an override, as a sentence; null when it can be tried. */
export function overrideFault(draft: OverrideDraft): string | null {
  if (!draft.tier) return "Choose a tier.";
  if (!draft.staff) return "Choose somebody.";
  if (draft.kind === "replace" && draft.instead === draft.staff) {
    return "Nobody can stand instead of themselves: choose somebody else.";
  }
  return stretchFault(draft);
}

/** Writes an override. */
export function overrideChange(team: string, draft: OverrideDraft): Change {
  const { tier, start, end, kind, staff } = draft;
  const reason = draft.reason.trim();
  return {
    method: "POST",
    url: teamUrl(team, "overrides"),
    body: {
      tier,
      start,
      end,
      kind,
      staff,
      ...(kind === "replace" && draft.instead ? { instead: draft.instead } : {}),
      ...(reason ? { reason } : {}),
    },
  };
}

/** Takes an override back. */
export function overrideBack(team: string, id: number): Change {
  return { method: "DELETE", url: teamUrl(team, "overrides", id) };
}

/** Writes all rotations of a team, in place of those that were seen: others may have changed them. */
export function rotationsChange(
  team: string,
  rotations: readonly Rotation[],
  seen: readonly Rotation[],
): Change {
  return { method: "PUT", url: teamUrl(team, "rotations"), body: { rotations, seen } };
}

/** What is still wrong with rotations, as a sentence that says with which; null when nothing is. */
export function rotationsFault(rotations: readonly Rotation[]): string | null {
  for (const { name, tier, order, starts, ends, only, every } of rotations) {
    const which = `${tier}, “${name || "without a name"}”`;
    if (!name.trim()) return `${which}: give the rotation a name.`;
    if (!starts) return `${which}: say when it starts.`;
    if (ends && ends <= starts) return `${which}: it must end after it starts.`;
    if (!/^[1-9]\d*\s/.test(every)) return `${which}: say how long a turn lasts.`;
    if (order.length === 0) return `${which}: name somebody for it.`;
    if (only && only.days.length === 0) return `${which}: choose the weekdays on which it holds.`;
  }
  return null;
}

/** One stint that somebody is writing. */
export interface StintDraft {
  tier: string;
  start: string;
  end: string;
  staff: string;
}

export interface TemporaryDraft {
  name: string;
  stints: StintDraft[];
}

/** What is still wrong with a temporary schedule, as a sentence; null when nothing is. */
export function temporaryFault({ name, stints }: TemporaryDraft): string | null {
  if (!name.trim()) return "Give it a name.";
  if (stints.length === 0) return "Name somebody for at least one stint.";
  for (const [index, stint] of stints.entries()) {
    const fault = stint.tier && stint.staff ? stretchFault(stint) : "Choose a tier and somebody.";
    if (fault) return `Stint ${index + 1}: ${fault}`;
  }
  return null;
}

/** Writes a temporary schedule, its stints gathered by tier and in order. */
export function temporaryChange(team: string, { name, stints }: TemporaryDraft): Change {
  const tiers: Record<string, (Omit<Stint, "staff"> & { staff: string })[]> = {};
  for (const { tier, ...stint } of stints.toSorted((a, b) => instant(a.start) - instant(b.start))) {
    (tiers[tier] ??= []).push(stint);
  }
  return {
    method: "POST",
    url: teamUrl(team, "temporary-schedules"),
    body: { name: name.trim(), tiers },
  };
}

/** Takes a temporary schedule back. */
export function temporaryBack(team: string, id: number): Change {
  return { method: "DELETE", url: teamUrl(team, "temporary-schedules", id) };
}

/** Accepts a gap that stands already. */
export function acceptance(
  team: string,
  { tier, start, end }: Pick<Gap, "tier" | "start" | "end">,
  reason: string,
): Change {
  return {
    method: "POST",
    url: teamUrl(team, "accepted-gaps"),
    body: { tier, start, end, reason },
  };
}

/** No longer accepts a gap. */
export function acceptanceBack(team: string, id: number): Change {
  return { method: "DELETE", url: teamUrl(team, "accepted-gaps", id) };
}

/** Takes somebody into a team. */
export function joining(team: string, staff: string): Change {
  return { method: "PUT", url: teamUrl(team, "members", staff) };
}

/** Lets somebody leave a team. */
export function leaving(team: string, staff: string): Change {
  return { method: "DELETE", url: teamUrl(team, "members", staff) };
}

/** Gives somebody another phone number. */
export function anotherPhone(staff: string, phone: string): Change {
  return { method: "PATCH", url: staffUrl(staff), body: { phone } };
}

/** Lets somebody leave the staff, or come back. */
export function activeOrNot(staff: string, active: boolean): Change {
  return { method: "PATCH", url: staffUrl(staff), body: { active } };
}

/** Takes somebody's time off back. */
export function awayBack(staff: string, id: number): Change {
  return { method: "DELETE", url: staffUrl(staff, "time-off", id) };
}
