/** Invented stays, notices and reports for the tests, as the service sends them. */

import { ANA } from "../samples";
import type { Admission, EpisodePage, FidelityReport, Unsettled } from "./protocol";

export const MERCY = { id: "mercy", name: "Mercy Test Hospital" };
export const CLIENT = { number: 2, id: "C-1002", name: "Test Person Two" };

/** Two has waited an hour in Mercy's emergency department; a call is promised. */
export function admission(differs: Partial<Admission> = {}): Admission {
  return {
    key: "N4RIX6A",
    team: "north",
    client: CLIENT,
    initials: "TT",
    hospital: MERCY,
    unit: "ED",
    state: "in_ed",
    since: "2026-03-03T10:10:07+00:00",
    day: 1,
    legal_status: "voluntary",
    legal_changed_at: "2026-03-03T10:10:07+00:00",
    boarding: { since: "2026-03-03T10:10:07+00:00", until: null, decided: false },
    planned_discharge: null,
    discharged_at: null,
    crisis: "K7Q",
    call_by: "2026-03-03T11:40:00+00:00",
    due: [{ stage: "called_back", by: "2026-03-03T11:40:07+00:00", overdue: false }],
    ...differs,
  };
}

/** The same stay in full: admitted, moved to another date, Ana involved too late. */
export function episodePage(differs: Partial<EpisodePage> = {}): EpisodePage {
  const line = {
    hospital: MERCY,
    unit: "BHU",
    arrived_at: "2026-03-03T11:10:00+00:00",
    undone: false,
    moved_from: null,
  };
  return {
    ...admission({ state: "admitted", day: 2, boarding: null }),
    timezone: "America/Los_Angeles",
    segments: [
      {
        hospital: MERCY,
        setting: "inpatient",
        since: "2026-03-03T10:10:00+00:00",
        until: null,
        facility: "MERCY",
        unit: "BHU",
        psychiatric: true,
      },
    ],
    leaves: [],
    legal: [{ at: "2026-03-03T10:10:00+00:00", status: "involuntary" }],
    notified: [{ hospital: MERCY, at: "2026-03-03T11:10:00+00:00", delay_minutes: 60 }],
    history: [
      { ...line, at: "2026-03-03T10:10:00+00:00", what: "admitted" },
      { ...line, at: "2026-03-03T10:40:00+00:00", what: "discharged", undone: true },
      {
        ...line,
        at: "2026-03-03T10:50:00+00:00",
        what: "the visit was told anew",
        moved_from: "2026-03-02T10:00:00+00:00",
      },
    ],
    marks: [
      { stage: "notified", standing: "done", at: "2026-03-03T11:10:00+00:00", by: null, why: "" },
      { stage: "called_back", standing: "overdue", at: null, by: null, why: "" },
      {
        stage: "involved",
        standing: "late",
        at: "2026-03-03T11:20:00+00:00",
        by: ANA,
        why: "after the decision",
      },
      { stage: "seen", standing: "open", at: null, by: null, why: "" },
    ],
    steps: [
      {
        id: 1,
        kind: "involved",
        how: "opposed_it",
        at: "2026-03-03T11:20:00+00:00",
        by: ANA,
        recorded_at: "2026-03-03T11:25:00+00:00",
        words: "Spoke with the charge nurse.",
        crisis: "K7Q",
        retracted_at: null,
      },
      {
        id: 2,
        kind: "contact",
        how: null,
        at: "2026-03-03T11:22:00+00:00",
        by: ANA,
        recorded_at: "2026-03-03T11:25:00+00:00",
        words: "",
        crisis: null,
        retracted_at: "2026-03-03T11:30:00+00:00",
      },
    ],
    reports: [],
    disposition: "",
    went: "not_told",
    doubts: [],
    crises: ["K7Q"],
    counts: {
      O5: {
        counts: true,
        in_numerator: false,
        reason: "not notified in time",
        to_settle: false,
      },
      O6: null,
    },
    ...differs,
  };
}

/** Somebody with a client's name and birth date, and the other sex. */
export function unsettled(): Unsettled {
  return {
    reference: "NE2AINP",
    received_at: "2026-03-03T11:10:00+00:00",
    hospital: MERCY,
    what: "came to the emergency department",
    happened_at: null,
    unit: "",
    crises: ["T9H"],
    person: {
      names: ["Test Person Two"],
      birth_date: "1991-11-20",
      sex: "male",
      identifiers: [{ kind: "record", value: "7001", authority: "MERCY" }],
      addresses: [],
      phones: [],
    },
    reporter: null,
    candidates: [
      {
        client: CLIENT,
        team: "north",
        rule: "name and birth date",
        against: ["another sex"],
        rows: [
          {
            what: "birth date",
            theirs: "1991-11-20",
            ours: "1991-11-20",
            verdict: "same",
            why: "",
          },
          { what: "sex", theirs: "male", ours: "female", verdict: "conflict", why: "" },
          { what: "ZIP", theirs: "", ours: "", verdict: "unknown", why: "no ZIP" },
        ],
      },
    ],
  };
}

/** One admission that counts for the team, one that is still to be settled. */
export function fidelityReport(): FidelityReport {
  const row = {
    episode: "N4RIX6A",
    initials: "TT",
    client: CLIENT,
    hospital: MERCY,
    at: "2026-03-03T03:10:00-08:00",
    counts: true,
    in_numerator: true,
    reason: "on the phone, before the decision",
    to_settle: false,
  };
  const one = { numerator: 1, denominator: 1, percent: 100, rows: [row] };
  const nothing = { numerator: 0, denominator: 0, percent: null, rows: [] };
  const open = { ...row, episode: "N5", counts: false, in_numerator: false, to_settle: true };
  return {
    team: "north",
    from: "2025-03-04",
    to: "2026-03-03",
    timezone: "America/Los_Angeles",
    scale: { name: "DACTS", in_force_from: "2008-01-01", source: "As published in 2008." },
    measures: [
      {
        measure: "O5",
        title: "Admissions",
        ...one,
        rows: [row, open],
        score: 5,
        words: "",
        last_ten: one,
      },
      {
        measure: "O6",
        title: "Discharges",
        ...nothing,
        score: null,
        words: "Nothing counts in this period: there is no score.",
        last_ten: nothing,
      },
    ],
    delays: [{ hospital: MERCY, notices: 1, median_minutes: 65, longest_minutes: 65, unknown: 0 }],
    stay: { episodes: 0, mean_days: null, median_days: null },
    readmissions: { discharges: 0, within_30_days: 0, percent: null, rows: [] },
    months: [
      {
        month: "2026-03",
        O5: { numerator: 1, denominator: 2 },
        O6: { numerator: 0, denominator: 0 },
      },
    ],
  };
}
