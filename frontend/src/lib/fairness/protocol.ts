/** What people have carried and will carry, as the service counts it. */

import type { Person, Time } from "../protocol";
import type { Day } from "../schedule/days";

/** Hours by the clock on the team's wall: at night, on weekends, on public holidays, and in all. */
export interface Share {
  hours: number;
  nights: number;
  weekends: number;
  holidays: number;
  shifts: number;
}

/** What one person carries in a period; `pages` and `woken` count what has happened so far. */
export interface Carried extends Share {
  staff: Person;
  pages: number;
  woken: number;
}

/**
 * A team's fairness from one day to another, both included. Who stood before `recorded_since` is
 * not known.
 */
export interface Report {
  team: string;
  from: Day;
  to: Day;
  recorded_since: Time;
  people: Carried[];
}
