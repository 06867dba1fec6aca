/** What concerns one person on the staff: their shifts, phone, time off and calendars. */

import type { Person, Time } from "../protocol";
import type { Day } from "../schedule/days";
import type { TimeOff } from "../schedule/protocol";

/** One shift ahead. `notices` tells whether the team wants it confirmed. */
export interface MyShift {
  team: string;
  team_name: string;
  timezone: string;
  tier: string;
  start: Time;
  end: Time;
  why: string;
  confirmed: boolean;
  notices: boolean;
}

/** The phone as far as the page may know it: `number` is its last four digits. */
export interface Phone {
  number: string;
  verified: boolean;
  verified_at: Time | null;
  sms: boolean;
  voice: boolean;
  trouble: string | null;
}

/** Seconds after a text without an answer; 0 is at once, null only if the text does not arrive. */
export type RingAfter = number | null;

/** When another wait holds: clock times such as "22:00", of the team that pages. */
export interface Nights {
  from: string;
  to: string;
  ring_after: RingAfter;
}

/** When somebody's phone rings for a page that was texted to them. */
export interface PagingRule {
  ring_after: RingAfter;
  nights?: Nights;
}

/** One's own rule, if there is one, and the usual one. */
export interface MyPaging {
  rule: PagingRule | null;
  usual: PagingRule;
}

/** `timezone` is that of the team by whose wall one's days are counted. */
export interface MyShifts {
  staff: Person;
  timezone: string;
  shifts: MyShift[];
  phone: Phone;
  /** Left out by an earlier version of the service, beside which a new page may be open. */
  paging?: MyPaging;
  time_off: TimeOff[];
}

/** A calendar at a secret address, which is told only once. */
export interface Feed {
  id: number;
  staff: Person | null;
  team: string | null;
  made_at: Time;
  /** The login of whoever made it. */
  made_by: string;
  read_at: Time | null;
}

/** Whose shifts a calendar shows: one person's, or those of everybody in a team. */
export type ShiftsOf = { staff: string } | { team: string };

export interface NewFeed {
  id: number;
  url: string;
}

/** What reading a calendar file did, or would do. */
export interface Imported {
  added: number;
  removed: number;
  kept: number;
  left_out: { line?: number | null; reason: string }[];
}

/** A public holiday of a team: of its region, or `imported` from a calendar file. */
export interface Holiday {
  day: Day;
  name: string;
  imported: boolean;
}
