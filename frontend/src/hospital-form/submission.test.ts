import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Submission } from "./submission.svelte";

const URL = "/api/hospital-forms/secret";
const TODAY = "2026-03-03";
const SAYS = "Received, reference NABC. If we serve this person, the team calls you by 03:45.";

/** What the service does with each request in turn; the names they bore. */
let answers: (Response | Error)[] = [];
let names: (string | null)[] = [];

beforeEach(() => {
  [answers, names] = [[], []];
  vi.stubGlobal("fetch", (_: string, { headers }: RequestInit) => {
    names.push(new Headers(headers).get("Idempotency-Key"));
    const answer = answers.shift() ?? new Error("nobody there");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
});

afterEach(() => vi.unstubAllGlobals());

function filled(): Submission {
  const submission = new Submission("ED");
  Object.assign(submission.fields, {
    worker_name: "Test Nurse",
    worker_callback: "(503) 555-0151",
    record_number: "7001",
    happening: "in_ed",
  });
  return submission;
}

const kept = () =>
  new Response(JSON.stringify({ reference: "NABC", call_by: "03:45", says: SAYS }), {
    status: 202,
  });

test("what got no answer is kept, and bears the same name when it is sent again", async () => {
  const submission = filled();
  answers = [new Error("the line broke"), kept()];
  expect(await submission.send(URL, TODAY)).toBe(false);
  expect(submission.problem).toContain("it will not count twice");
  expect(submission.fields.record_number).toBe("7001");
  expect(await submission.send(URL, TODAY)).toBe(true);
  expect(submission.receipt?.says).toBe(SAYS);
  expect(names[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(names[1]).toBe(names[0]);
});

test("something else bears another name", async () => {
  const submission = filled();
  answers = [new Error("the line broke"), kept(), kept()];
  await submission.send(URL, TODAY);
  submission.fields.record_number = "7002";
  await submission.send(URL, TODAY);
  submission.another();
  Object.assign(submission.fields, { record_number: "7002", happening: "in_ed" });
  await submission.send(URL, TODAY);
  expect(new Set(names).size).toBe(3);
});

test("with something wrong in it nothing is sent; what the service finds stands at its field", async () => {
  const submission = filled();
  submission.fields.worker_name = " ";
  expect(await submission.send(URL, TODAY)).toBe(false);
  expect([names, submission.faults]).toEqual([[], { worker_name: "Write your name." }]);
  submission.fields.worker_name = "Test Nurse";
  const detail = "person.age: Input should be less than or equal to 130";
  answers = [new Response(JSON.stringify({ detail }), { status: 422 })];
  await submission.send(URL, TODAY);
  expect(submission.faults).toEqual({ age: "Input should be less than or equal to 130." });
});

test("a link that has ended meanwhile is told, and what was typed stays", async () => {
  const submission = filled();
  const detail = "This address is not valid any more. Ask the team for a new one, or call them.";
  answers = [new Response(JSON.stringify({ detail }), { status: 404 })];
  await submission.send(URL, TODAY);
  expect(submission.problem).toBe(detail);
  expect(submission.fields.record_number).toBe("7001");
});
