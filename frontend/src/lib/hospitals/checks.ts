/** Holds what the service tells of hospitals against the types in `protocol.ts`. */

import {
  added,
  day,
  flag,
  list,
  nullable,
  number,
  object,
  record,
  text,
  time,
  whole,
  word,
  type Check,
} from "../checks";
import type { Person } from "../protocol";
import type {
  Admission,
  Admissions,
  Boarding,
  Candidate,
  ClientTold,
  ComparedField,
  CountedRow,
  CountedShare,
  Counts,
  Due,
  EpisodePage,
  EpisodeState,
  FeedAlarm,
  FidelityReport,
  FormLink,
  Hl7Rules,
  Hospital,
  How,
  Inbox,
  LegalStatus,
  Letter,
  LetterState,
  Line,
  Mark,
  Matched,
  MeasureName,
  MeasureTold,
  Named,
  Network,
  NewLink,
  OpenLetter,
  Reporter,
  ReportTold,
  Segment,
  Setting,
  Stage,
  Standing,
  Step,
  StepKind,
  Unsettled,
  Verdict,
} from "./protocol";

/** The fields of one shape, to be used in a longer one. */
type Fields<T extends object> = { [K in keyof T]-?: Check<T[K]> };

const named = object<Named>({ id: text, name: text });
const person = object<Person>({ id: text, name: text });
const client = object<ClientTold>({ number: whole, id: text, name: text });

const stage = word<Stage>({
  notified: true,
  called_back: true,
  involved: true,
  seen: true,
  planned_jointly: true,
  discharged: true,
  followed_up: true,
});

const legalStatus = word<LegalStatus>({ voluntary: true, involuntary: true });

const setting = word<Setting>({
  emergency: true,
  inpatient: true,
  observation: true,
  outpatient: true,
});

const admissionFields: Fields<Admission> = {
  key: text,
  team: text,
  client: nullable(client),
  initials: text,
  hospital: named,
  unit: text,
  state: word<EpisodeState>({
    planned: true,
    in_ed: true,
    observed: true,
    admitted: true,
    on_leave: true,
    outpatient: true,
    discharged: true,
    cancelled: true,
  }),
  since: nullable(time),
  day: nullable(whole),
  legal_status: nullable(legalStatus),
  legal_changed_at: nullable(time),
  boarding: nullable(object<Boarding>({ since: time, until: nullable(time), decided: flag })),
  planned_discharge: nullable(day),
  discharged_at: nullable(time),
  crisis: nullable(text),
  call_by: nullable(time),
  due: list(object<Due>({ stage, by: time, overdue: flag })),
};

export const checkAdmissions = object<Admissions>({
  at: time,
  admissions: list(object<Admission>(admissionFields)),
});

const reporter = object<Reporter>({ name: text, role: text, unit: text, callback: text });

const countsFields: Fields<Counts> = {
  counts: flag,
  in_numerator: flag,
  reason: text,
  to_settle: flag,
};
const counts = nullable(object<Counts>(countsFields));

export const checkStep = object<Step>({
  id: whole,
  kind: word<StepKind>({
    called_back: true,
    decision_learned: true,
    involved: true,
    contact: true,
    planning: true,
    medication_handed_over: true,
    placement_handed_over: true,
    follow_up: true,
  }),
  how: nullable(
    word<How>({ on_the_phone: true, in_person: true, asked_for_it: true, opposed_it: true }),
  ),
  at: time,
  by: nullable(person),
  recorded_at: time,
  words: text,
  crisis: nullable(text),
  retracted_at: nullable(time),
});

export const checkEpisode = object<EpisodePage>({
  ...admissionFields,
  timezone: text,
  segments: list(
    object<Segment>({
      hospital: named,
      setting,
      since: nullable(time),
      until: nullable(time),
      facility: text,
      unit: text,
      psychiatric: nullable(flag),
    }),
  ),
  leaves: list(object<EpisodePage["leaves"][number]>({ since: time, until: nullable(time) })),
  legal: list(object<EpisodePage["legal"][number]>({ at: time, status: legalStatus })),
  notified: list(
    object<EpisodePage["notified"][number]>({
      hospital: named,
      at: time,
      delay_minutes: nullable(whole),
    }),
  ),
  history: list(
    object<Line>({
      at: time,
      what: text,
      hospital: named,
      unit: text,
      arrived_at: time,
      undone: flag,
      moved_from: nullable(time),
    }),
  ),
  marks: list(
    object<Mark>({
      stage,
      standing: word<Standing>({
        done: true,
        open: true,
        late: true,
        missed: true,
        overdue: true,
        not_due: true,
      }),
      at: nullable(time),
      by: nullable(person),
      why: text,
    }),
  ),
  steps: list(checkStep),
  reports: list(
    object<ReportTold>({
      at: time,
      reporter,
      safety: text,
      may_visit: nullable(flag),
      may_call: nullable(flag),
      discharge_planner: text,
      planning_meeting: nullable(time),
      part_2: flag,
    }),
  ),
  disposition: text,
  went: text,
  doubts: list(text),
  crises: list(text),
  counts: object<EpisodePage["counts"]>({ O5: counts, O6: counts }),
});

export const checkUnsettled = object<{ notices: Unsettled[] }>({
  notices: list(
    object<Unsettled>({
      reference: text,
      received_at: time,
      hospital: named,
      what: text,
      happened_at: nullable(time),
      unit: text,
      crises: list(text),
      person: object<Unsettled["person"]>({
        names: list(text),
        birth_date: nullable(day),
        sex: nullable(text),
        identifiers: list(
          object<Unsettled["person"]["identifiers"][number]>({
            kind: text,
            value: text,
            authority: text,
          }),
        ),
        addresses: list(text),
        phones: list(text),
      }),
      reporter: nullable(reporter),
      candidates: list(
        object<Candidate>({
          client,
          team: text,
          rule: text,
          against: list(text),
          rows: list(
            object<ComparedField>({
              what: text,
              theirs: text,
              ours: text,
              verdict: word<Verdict>({
                same: true,
                like: true,
                near: true,
                unknown: true,
                different: true,
                conflict: true,
              }),
              why: text,
            }),
          ),
        }),
      ),
    }),
  ),
});

export const checkLinked = object<{ episode: string | null }>({ episode: nullable(text) });

const matched = word<Matched>({
  linked: true,
  possible: true,
  none: true,
  dismissed: true,
  person: true,
});

const letterFields: Fields<Letter> = {
  id: whole,
  received_at: time,
  channel: text,
  hospital: nullable(named),
  message_id: text,
  state: word<LetterState>({ waiting: true, read: true, passed_over: true, quarantined: true }),
  reason: text,
  settled_at: nullable(time),
  repeats: whole,
  size: whole,
};

export const checkInbox = object<Inbox>({
  letters: list(object<Letter>(letterFields)),
  counts: record(whole),
});

export const checkLetter = object<OpenLetter>({
  ...letterFields,
  text,
  notices: list(
    object<OpenLetter["notices"][number]>({ reference: text, kind: text, match: matched }),
  ),
});

export const checkHospitals = object<{ hospitals: Hospital[] }>({
  hospitals: list(
    object<Hospital>({
      id: text,
      name: text,
      timezone: text,
      phone: nullable(text),
      in_charge: nullable(text),
      psychiatric: flag,
      psychiatric_units: list(text),
      known_as: list(text),
      rules: nullable(
        object<Hl7Rules>({
          classes: added(record(nullable(setting))),
          legal_status_at: added(text),
          involuntary: added(list(text)),
          voluntary: added(list(text)),
          processing: added(list(text)),
          refuse_with: added(text),
          certificates: added(list(text)),
        }),
      ),
      last_heard: record(time),
      usual_hours: nullable(number),
      silent: flag,
      quarantined: whole,
    }),
  ),
});

const linkFields: Fields<FormLink> = {
  id: text,
  unit: text,
  created_at: time,
  created_by: text,
  expires_at: time,
  revoked_at: nullable(time),
};

export const checkLinks = object<{ links: FormLink[] }>({
  links: list(object<FormLink>(linkFields)),
});

export const checkNewLink = object<NewLink>({ ...linkFields, url: text, qr: text });

export const checkRosters = object<{ networks: Network[] }>({
  networks: list(
    object<Network>({
      id: text,
      name: text,
      valid_days: whole,
      last: nullable(
        object<NonNullable<Network["last"]>>({
          at: time,
          by: text,
          clients: whole,
          expires_at: time,
        }),
      ),
      expires_in_days: nullable(whole),
      expired: flag,
    }),
  ),
});

export const checkAlarms = object<{ alarms: FeedAlarm[] }>({
  alarms: list(object<FeedAlarm>({ what: text, text, since: time })),
});

const countedRows = list(
  object<CountedRow>({
    ...countsFields,
    episode: text,
    initials: text,
    client: nullable(client),
    hospital: named,
    at: nullable(time),
  }),
);

const shareFields: Fields<CountedShare> = {
  numerator: whole,
  denominator: whole,
  percent: nullable(number),
  rows: countedRows,
};

const monthly = object<FidelityReport["months"][number]["O5"]>({
  numerator: whole,
  denominator: whole,
});

export const checkFidelity = object<FidelityReport>({
  team: text,
  from: day,
  to: day,
  timezone: text,
  scale: object<FidelityReport["scale"]>({ name: text, in_force_from: day, source: text }),
  measures: list(
    object<MeasureTold>({
      ...shareFields,
      measure: word<MeasureName>({ O5: true, O6: true }),
      title: text,
      score: nullable(whole),
      words: text,
      last_ten: object<CountedShare>(shareFields),
    }),
  ),
  delays: list(
    object<FidelityReport["delays"][number]>({
      hospital: named,
      notices: whole,
      median_minutes: nullable(whole),
      longest_minutes: nullable(whole),
      unknown: whole,
    }),
  ),
  stay: object<FidelityReport["stay"]>({
    episodes: whole,
    mean_days: nullable(number),
    median_days: nullable(number),
  }),
  readmissions: object<FidelityReport["readmissions"]>({
    discharges: whole,
    within_30_days: whole,
    percent: nullable(number),
    rows: countedRows,
  }),
  months: list(object<FidelityReport["months"][number]>({ month: text, O5: monthly, O6: monthly })),
});
