import { expect, test } from "vitest";
import {
  emptyNotice,
  faultsOf,
  inOrder,
  nextNotice,
  noticeBody,
  serverFaults,
  typedDay,
  type NoticeFields,
} from "./form";

const TODAY = "2026-03-03";

function filled(differs: Partial<NoticeFields> = {}): NoticeFields {
  return {
    ...emptyNotice("ED"),
    worker_name: "Test Nurse",
    worker_callback: "(503) 555-0151",
    person_name: "Test Person One",
    birth_date: "3/2/1984",
    happening: "admitted",
    ...differs,
  };
}

const wrongIn = (differs: Partial<NoticeFields>) =>
  inOrder(faultsOf(filled(differs), TODAY)).map(([field]) => field);

test.each([
  ["3/2/1984", "1984-03-02"],
  ["03021984", "1984-03-02"],
  [" 03-02-1984 ", "1984-03-02"],
  ["1984-3-2", "1984-03-02"],
  ["2/29/1984", "1984-02-29"],
  ["2/29/1985", null],
  ["13/2/1984", null],
  ["3/2/84", null],
  ["", null],
])("a birth date typed as %j is %j", (typed, day) => {
  expect(typedDay(typed)).toBe(day);
});

test("nothing is wrong with a name, a birth date, a call-back number and what happens", () => {
  expect(faultsOf(filled(), TODAY)).toEqual({});
});

test("one number is enough to say who it is", () => {
  const nameless = { person_name: "", birth_date: "" };
  expect(wrongIn(nameless)).toEqual(["person_name"]);
  expect(wrongIn({ ...nameless, record_number: "7001" })).toEqual([]);
  expect(wrongIn({ ...nameless, medicaid_number: "OR7001" })).toEqual([]);
  expect(wrongIn({ birth_date: "" })).toEqual(["birth_date"]);
});

test("what is wrong is told in the order of the page", () => {
  const empty = inOrder(faultsOf(emptyNotice(), TODAY)).map(([field]) => field);
  expect(empty).toEqual(["worker_name", "worker_callback", "person_name", "happening"]);
  expect(wrongIn({ worker_callback: "555-0151" })).toEqual(["worker_callback"]);
  expect(wrongIn({ birth_date: "3/4/2026" })).toEqual(["birth_date"]);
  expect(wrongIn({ happening: "discharge_planned" })).toEqual(["discharge_on"]);
});

test("the body is what the service reads; an answer that is no longer asked for is not sent", () => {
  const body = noticeBody(filled({ may_visit: "no", discharge_on: "2026-03-09" }));
  expect(body).toMatchObject({
    worker: { name: "Test Nurse", callback: "(503) 555-0151", unit: "ED" },
    person: { name: "Test Person One", birth_date: "1984-03-02" },
    happening: "admitted",
    may_visit: false,
    may_call: null,
    part_2: false,
  });
  expect(body).not.toHaveProperty("discharge_on");
  expect(
    noticeBody(filled({ happening: "discharge_planned", discharge_on: "2026-03-09" })),
  ).toEqual(expect.objectContaining({ discharge_on: "2026-03-09" }));
});

test("what the service finds wrong stands at its field, the rest at the top", () => {
  expect(
    serverFaults(
      "worker.callback: this is no phone number: write it with its area code; " +
        "person: give the name and the birth date, or a record or Medicaid number; " +
        "discharge_on: say on which day the discharge is planned",
    ),
  ).toEqual({
    worker_callback: "This is no phone number: write it with its area code.",
    person_name: "Give the name and the birth date, or a record or Medicaid number.",
    discharge_on: "Say on which day the discharge is planned.",
  });
  expect(serverFaults("The body is not JSON.")).toEqual({ "": "The body is not JSON." });
});

test("the next notice is told by the same worker, of somebody else", () => {
  const next = nextNotice(filled({ safety: "A dog." }));
  expect(next).toEqual({
    ...emptyNotice("ED"),
    worker_name: "Test Nurse",
    worker_callback: "(503) 555-0151",
  });
});
