import { expect, test } from "vitest";
import { pagingFault, pagingForm, pagingRule, pagingWords, type PagingForm } from "./paging";
import type { PagingRule } from "./protocol";

const USUAL = { ring_after: 60 };
const NIGHTS = { from: "22:00", to: "07:00", ring_after: 0 };

const form = (rule: PagingRule | null, differs: Partial<PagingForm> = {}) => ({
  ...pagingForm({ rule, usual: USUAL }),
  ...differs,
});

const after = (seconds: number | null) => ({ when: "after" as const, seconds });

test.each<PagingRule>([
  USUAL,
  { ring_after: 0 },
  { ring_after: null },
  { ring_after: 600, nights: NIGHTS },
  { ring_after: 0, nights: { from: "09:00", to: "17:00", ring_after: null } },
])("a form that nobody changes means the rule that it shows: %j", (rule) => {
  expect(pagingFault(form(rule))).toBeNull();
  expect(pagingRule(form(rule))).toEqual(rule);
});

test("who has no rule of their own begins with the usual one", () => {
  expect(pagingRule(form(null))).toEqual(USUAL);
});

test("nights that are wished for are offered: at once, from ten to seven", () => {
  expect(pagingRule(form(null, { nights: true }))).toEqual({ ...USUAL, nights: NIGHTS });
});

test("seconds that are not asked for are no fault", () => {
  const never = { when: "never" as const, seconds: null };
  expect(pagingFault(form(null, { day: never, night: after(null) }))).toBeNull();
});

test.each<[Partial<PagingForm>, string]>([
  [{ day: after(null) }, "from 1 to 600"],
  [{ day: after(0) }, "from 1 to 600"],
  [{ day: after(601) }, "from 1 to 600"],
  [{ day: after(1.5) }, "whole seconds"],
  [{ nights: true, night: after(-1) }, "from 1 to 600"],
  [{ nights: true, from: "" }, "from when until when"],
  [{ nights: true, to: "22:00" }, "another time than it begins"],
])("what is wrong with it is said: %j", (differs, told) => {
  expect(pagingFault(form(null, differs))).toContain(told);
});

test("a rule in plain words", () => {
  expect(pagingWords(USUAL)).toEqual(["My phone rings 60 seconds later if I have not answered."]);
  expect(pagingWords({ ring_after: null, nights: NIGHTS })).toEqual([
    "My phone rings only if the text does not arrive.",
    "At night, from 22:00 to 07:00, it rings at once, together with the text.",
  ]);
  expect(pagingWords({ ring_after: 1 })[0]).toContain("1 second later");
});
