/** An invented rota, schedule and coverage for the tests. */

import { ANA, BEN } from "../samples";
import type { CalendarDay } from "./days";
import type { Coverage, Gap, OpenedGap, Request, Shift, Thin, Verdict } from "./protocol";

export const PORTLAND = "America/Los_Angeles";

/** Thanksgiving week; nothing is special about its clocks. */
export const NOW = Date.parse("2026-11-22T18:00:00Z");

/** Ana's Friday night, 17:00 to 08:00 in Portland; say only what differs. */
export function shift(differs: Partial<Shift> = {}): Shift {
  return {
    start: "2026-11-27T17:00:00-08:00",
    end: "2026-11-28T08:00:00-08:00",
    staff: ANA,
    why: "rotation nights",
    ...differs,
  };
}

/** The same night without anybody. */
export function gap(differs: Partial<Gap> = {}): Gap {
  const { start, end } = shift();
  return { tier: "primary", start, end, reason: "nobody is named", accepted: null, ...differs };
}

export function opened(differs: Partial<OpenedGap> = {}): OpenedGap {
  const { tier, start, end, reason } = gap();
  const candidates = [{ staff: BEN, hours: 12.4, obstacles: [] }];
  return { team: "north", tier, start, end, reason, candidates, part_takers: [], ...differs };
}

export function thin(differs: Partial<Thin> = {}): Thin {
  return {
    tier: "primary",
    start: shift().start,
    end: shift().end,
    kind: "unverified",
    reason: "Ana Ruiz's phone is not verified yet",
    who: [ANA],
    ...differs,
  };
}

/** Ninety days from NOW. */
export function coverage(differs: Partial<Coverage> = {}): Coverage {
  return {
    team: "north",
    from: "2026-11-22T10:00:00-08:00",
    to: "2027-02-20T10:00:00-08:00",
    covered: true,
    gaps: [],
    thin: [],
    ...differs,
  };
}

export function verdict(differs: Partial<Verdict> = {}): Verdict {
  return { covered: true, opened: [], thin: [], ...differs };
}

/** Ana asks for cover of her Friday night. */
export function request(differs: Partial<Request> = {}): Request {
  const { start, end } = shift();
  return {
    ref: "U7Q",
    kind: "cover",
    team: "north",
    tier: "primary",
    start,
    end,
    staff: ANA,
    note: "",
    mode: "all",
    state: "open",
    made_at: "2026-11-22T10:00:00-08:00",
    taken_by: null,
    other: null,
    asked: [{ staff: BEN, wave: 1, answer: null, by_text: true }],
    you: { asked: false, answer: null, may_answer: false, may_withdraw: false, may_approve: false },
    ...differs,
  };
}

/** The hours of each of `days`. */
export function hours(days: readonly CalendarDay[]): number[] {
  return days.map(({ start, end }) => (end - start) / 3_600_000);
}
