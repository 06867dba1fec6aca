/** What a hospital's worker fills in: the fields, what is still wrong with them, and what is sent. */

import type { Day, Wall } from "../schedule/days";
import { HAPPENINGS, type Happening } from "./happenings";

/** A question with three answers; empty is "not known". */
export type Choice = "" | "yes" | "no";

/** Every field as it is typed; times are on the hospital's clock. */
export interface NoticeFields {
  worker_name: string;
  worker_role: string;
  worker_unit: string;
  worker_callback: string;
  person_name: string;
  birth_date: string;
  age: string;
  sex: "" | "female" | "male";
  phone: string;
  postal_code: string;
  record_number: string;
  medicaid_number: string;
  happening: "" | Happening;
  decision_by: Wall;
  discharge_on: Day;
  at: Wall;
  visit_number: string;
  legal_status: "" | "voluntary" | "involuntary";
  attending: string;
  reason: string;
  safety: string;
  may_visit: Choice;
  may_call: Choice;
  discharge_planner: string;
  planning_meeting: Wall;
  part_2: boolean;
}

export type Field = keyof NoticeFields;

/** What is wrong, by field; "" is the form as a whole. */
export type Faults = Partial<Record<Field | "", string>>;

/** A form with nothing in it but the unit, where the address of the form names one. */
export function emptyNotice(unit = ""): NoticeFields {
  return {
    worker_name: "",
    worker_role: "",
    worker_unit: unit,
    worker_callback: "",
    person_name: "",
    birth_date: "",
    age: "",
    sex: "",
    phone: "",
    postal_code: "",
    record_number: "",
    medicaid_number: "",
    happening: "",
    decision_by: "",
    discharge_on: "",
    at: "",
    visit_number: "",
    legal_status: "",
    attending: "",
    reason: "",
    safety: "",
    may_visit: "",
    may_call: "",
    discharge_planner: "",
    planning_meeting: "",
    part_2: false,
  };
}

/** Another form for the same worker: who tells it stays, whom it was about does not. */
export function nextNotice(sent: NoticeFields): NoticeFields {
  const { worker_name, worker_role, worker_unit, worker_callback } = sent;
  return { ...emptyNotice(), worker_name, worker_role, worker_unit, worker_callback };
}

const DAYS = [
  /^(?<month>\d{1,2})[/.\s-]+(?<day>\d{1,2})[/.\s-]+(?<year>\d{4})$/,
  /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})$/,
  /^(?<month>\d{2})(?<day>\d{2})(?<year>\d{4})$/,
];

/** A birth date as people type it (3/2/1984, 03021984, 1984-03-02), or null: no such day. */
export function typedDay(typed: string): Day | null {
  const groups = DAYS.map((form) => form.exec(typed.trim())?.groups).find((found) => found);
  if (!groups) return null;
  const [year, month, day] = [groups.year, groups.month, groups.day].map((part) => part ?? "");
  const written = `${year}-${month?.padStart(2, "0")}-${day?.padStart(2, "0")}`;
  const date = new Date(`${written}T00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(written);
  return real ? written : null;
}

/** What is still wrong, before it is sent; the service looks again. `today` is the hospital's. */
export function faultsOf(fields: NoticeFields, today: Day): Faults {
  const faults: Faults = {};
  if (!fields.worker_name.trim()) faults.worker_name = "Write your name.";
  if (!fields.worker_callback.trim()) {
    faults.worker_callback = "Write the number at which the team can call you back.";
  } else if (fields.worker_callback.replace(/\D/g, "").length < 10) {
    faults.worker_callback = "Write the call-back number with its area code.";
  }
  const born = typedDay(fields.birth_date);
  if (fields.birth_date.trim() && born === null) {
    faults.birth_date = "Write the birth date as month, day, year: 3/2/1984.";
  } else if (born !== null && born > today) {
    faults.birth_date = "The birth date must not lie in the future.";
  }
  if (fields.age.trim() && !/^\d{1,3}$/.test(fields.age.trim())) {
    faults.age = "Write the age in whole years.";
  }
  const numbered = fields.record_number.trim() || fields.medicaid_number.trim();
  if (!numbered && !faults.birth_date) {
    const named = fields.person_name.trim() !== "";
    const how = "or a record or Medicaid number.";
    if (named && !born) faults.birth_date = `Write the birth date, ${how}`;
    if (!named) faults.person_name = `Write the name and the birth date, ${how}`;
  }
  if (!fields.happening) faults.happening = "Choose what is happening.";
  if (fields.happening === "discharge_planned" && !fields.discharge_on) {
    faults.discharge_on = "Say on which day the discharge is planned.";
  }
  return faults;
}

/** The body that the service reads. What belongs to another answer than the chosen one is left out. */
export function noticeBody(fields: NoticeFields): object {
  const filled = {
    worker: {
      name: fields.worker_name,
      callback: fields.worker_callback,
      role: fields.worker_role,
      unit: fields.worker_unit,
    },
    person: {
      name: fields.person_name,
      birth_date: typedDay(fields.birth_date) ?? fields.birth_date,
      age: fields.age,
      sex: fields.sex,
      phone: fields.phone,
      postal_code: fields.postal_code,
      record_number: fields.record_number,
      medicaid_number: fields.medicaid_number,
    },
    happening: fields.happening,
    at: fields.at,
    visit_number: fields.visit_number,
    legal_status: fields.legal_status,
    attending: fields.attending,
    reason: fields.reason,
    safety: fields.safety,
    may_visit: answer(fields.may_visit),
    may_call: answer(fields.may_call),
    discharge_planner: fields.discharge_planner,
    planning_meeting: fields.planning_meeting,
    part_2: fields.part_2,
  };
  return {
    ...filled,
    ...(fields.happening === "decision_pending" && { decision_by: fields.decision_by }),
    ...(fields.happening === "discharge_planned" && { discharge_on: fields.discharge_on }),
  };
}

function answer(choice: Choice): boolean | null {
  return choice === "" ? null : choice === "yes";
}

/** Which field the service means, by its own name for it. */
const THEIRS: Record<string, Field> = {
  "worker.name": "worker_name",
  "worker.callback": "worker_callback",
  "worker.role": "worker_role",
  "worker.unit": "worker_unit",
  person: "person_name",
  "person.name": "person_name",
  "person.birth_date": "birth_date",
  "person.age": "age",
  "person.sex": "sex",
  "person.phone": "phone",
  "person.postal_code": "postal_code",
  "person.record_number": "record_number",
  "person.medicaid_number": "medicaid_number",
};

const BETWEEN = /; (?=[a-z_0-9]+(?:\.[a-z_0-9]+)*: )/;

/** What the service found wrong, each with its field where we know it: "worker.callback: …; …". */
export function serverFaults(detail: string): Faults {
  const own = emptyNotice();
  const faults: Faults = {};
  for (const one of detail.split(BETWEEN)) {
    const [, where, words] = /^([a-z_0-9.]+): (.*)$/s.exec(one) ?? [null, "", one];
    const field = where === undefined ? "" : (THEIRS[where] ?? (where in own ? where : ""));
    const said = field === "" ? one : sentence(words ?? one);
    const before = faults[field as Field | ""];
    faults[field as Field | ""] = before ? `${before} ${said}` : said;
  }
  return faults;
}

function sentence(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** The fields that are wrong, in the order in which they stand on the page. */
export function inOrder(faults: Faults): [Field | "", string][] {
  const places: (Field | "")[] = ["", ...(Object.keys(emptyNotice()) as Field[])];
  return places.flatMap((field) => {
    const words = faults[field];
    return words === undefined ? [] : [[field, words] as [Field | "", string]];
  });
}

/** What the time means that is asked for: when somebody came, when they left. */
export function whenLabel(happening: "" | Happening): string {
  return happening === "" ? "When did it happen?" : HAPPENINGS[happening].when;
}
