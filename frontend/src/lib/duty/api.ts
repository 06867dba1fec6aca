/** The service's interface for one's own shifts, phone, time off and calendars. */

import { request } from "../api";
import { staffUrl, teamUrl } from "../schedule/changes";
import type { Span } from "../schedule/days";
import type { Request } from "../schedule/protocol";
import type {
  Feed,
  Holiday,
  Imported,
  MyPaging,
  MyShift,
  MyShifts,
  NewFeed,
  PagingRule,
  ShiftsOf,
} from "./protocol";

/** My shifts within a stretch of time, my phone and my time off. */
export function myShifts({ start, end }: Span): Promise<MyShifts> {
  const times = { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
  return request("GET", `/api/me/shifts?${new URLSearchParams(times)}`);
}

/** Say that I shall be there. */
export function confirmShift({ team, tier, start }: MyShift): Promise<void> {
  return request("POST", "/api/me/shifts/confirm", { team, tier, start });
}

/** What I ask, what I am asked, and what of it was closed lately. */
export function myRequests(): Promise<Request[]> {
  return request("GET", "/api/requests/mine");
}

/** Have a code sent to a phone, or said to it. */
export function sendCode(staff: string, how: "sms" | "call"): Promise<void> {
  return request("POST", staffUrl(staff, "phone", "verify"), { how });
}

/** The code that has arrived on a phone. */
export function enterCode(staff: string, code: string): Promise<{ verified: boolean }> {
  return request("POST", staffUrl(staff, "phone", "code"), { code });
}

/** Be paged by this rule; null: as usual. */
export function setPaging(rule: PagingRule | null): Promise<MyPaging> {
  return rule ? request("PUT", "/api/me/paging", rule) : request("DELETE", "/api/me/paging");
}

/** The calendars that I may see. */
export function feeds(): Promise<Feed[]> {
  return request("GET", "/api/calendar-feeds");
}

/** Make an address at which shifts can be read. */
export function makeFeed(of: ShiftsOf): Promise<NewFeed> {
  return request("POST", "/api/calendar-feeds", of);
}

/** From now on nobody can read the calendar at this address. */
export function revokeFeed(id: number): Promise<void> {
  return request("DELETE", `/api/calendar-feeds/${id}`);
}

/** What reading a calendar file as time off would do. */
export function previewImport(staff: string, file: Blob): Promise<Imported> {
  return request("POST", `${importUrl(staff)}?preview=true`, calendar(file));
}

/** Read a calendar file as time off; `accept` is a lead's reason for the gaps that it opens. */
export function importTimeOff(staff: string, file: Blob, accept: string | null): Promise<Imported> {
  const query = accept === null ? "" : `?${new URLSearchParams({ accept_gaps: accept })}`;
  return request("POST", importUrl(staff) + query, calendar(file));
}

/** A team's public holidays of this year. */
export function holidays(team: string): Promise<Holiday[]> {
  return request("GET", teamUrl(team, "holidays"));
}

/** Read a calendar file as a team's public holidays. */
export function importHolidays(team: string, file: Blob): Promise<Imported> {
  return request("POST", teamUrl(team, "holidays", "import"), calendar(file));
}

function importUrl(staff: string): string {
  return staffUrl(staff, "time-off", "import");
}

function calendar(file: Blob): Blob {
  return new Blob([file], { type: "text/calendar" });
}
