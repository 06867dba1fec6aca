import { expect, test } from "vitest";
import { ANA } from "../samples";
import { carried, spreadSentence } from "./fairness";
import type { Compared } from "./protocol";
import {
  distanceSentence,
  percent,
  periodWords,
  progressSentence,
  ruleSentences,
  shortName,
} from "./words";

const ZONE = "America/Los_Angeles";
const NOW = Date.parse("2026-11-25T10:00:00-08:00");

test("the period names its last day, not the day after", () => {
  const from = "2026-10-26T08:00:00-07:00";
  const four = { from, to: "2026-11-23T08:00:00-08:00" };
  expect(periodWords(four, ZONE, NOW)).toBe("Mon Oct 26 – Sun Nov 22, 4 weeks");
  const one = { from, to: "2026-11-02T08:00:00-08:00" };
  expect(periodWords(one, ZONE, NOW)).toBe("Mon Oct 26 – Sun Nov 1, 1 week");
});

test("a year that isn't this one is told", () => {
  const over = { from: "2026-12-28T08:00:00-08:00", to: "2027-01-11T08:00:00-08:00" };
  expect(periodWords(over, ZONE, NOW)).toBe("Mon Dec 28 – Sun Jan 10 2027, 2 weeks");
  const later = Date.parse("2027-01-01T08:00:00Z");
  expect(periodWords(over, ZONE, later)).toBe("Mon Dec 28 2026 – Sun Jan 10, 2 weeks");
});

test("as far from the best as can be is told as not known", () => {
  expect(distanceSentence(1)).toContain("isn't known yet");
  expect(distanceSentence(0.98)).toContain("At most 98 %");
  expect(progressSentence({ solutions: 2, best: 100, bound: 0, seconds: 3 })).toBe(
    "2 rotas found, how far from the best isn't known yet, 3 s.",
  );
});

test("a plan that waits for another says so", () => {
  expect(progressSentence({ waiting: true })).toBe("Waiting until another plan is worked out.");
});

test("a little is never told as nothing", () => {
  expect([percent(0), percent(0.004), percent(0.038)]).toEqual(["0 %", "less than 1 %", "4 %"]);
  expect(distanceSentence(0)).toContain("the best there is");
  expect(distanceSentence(0.004)).toContain("less than 1 %");
});

test("progress says how many rotas, how far from the best, and how long", () => {
  expect(progressSentence({})).toBe("No rota found yet, 0 s.");
  expect(progressSentence({ solutions: 0, best: null, bound: 3, seconds: 2.4 })).toBe(
    "No rota found yet, 2 s.",
  );
  expect(progressSentence({ solutions: 3, best: 100, bound: 75, seconds: 7 })).toBe(
    "3 rotas found, the last one at most 25 % from the best, 7 s.",
  );
  expect(progressSentence({ solutions: 1, best: 80, bound: 80, seconds: 9 })).toBe(
    "1 rota found, the last one the best there is, 9 s.",
  );
});

test("the team's rules are told in sentences, those that it doesn't have are not", () => {
  const rules = { swaps_need_lead: false, handoff_notices: true, holidays: "" };
  const strict = {
    ...rules,
    rest_hours: 11,
    requires: { medical: ["psychiatrist", "psychiatric_np"] },
  };
  expect(ruleSentences({ rules: strict }).slice(2)).toEqual([
    "After a night, at least 11 h of rest.",
    "Medical needs a psychiatrist or psychiatric nurse practitioner.",
  ]);
  expect(ruleSentences({ rules: { ...rules, rest_hours: 0, requires: {} } })).toHaveLength(2);
});

test("a name that must be short keeps its first part whole", () => {
  expect([shortName("Ana Ruiz"), shortName("Cleo de la Park"), shortName("Ben")]).toEqual([
    "Ana R.",
    "Cleo P.",
    "Ben",
  ]);
});

const share = (nights: number) => ({ hours: 0, nights, weekends: 0, holidays: 0, shifts: 0 });

test("the past quarter counts if it is asked for", () => {
  const told = { before: share(48), after: share(24), past: share(16), past_assumed: false };
  const ana: Compared = { staff: ANA, ...told };
  expect(carried(ana, "nights", false)).toEqual({ before: 48, after: 24 });
  expect(carried(ana, "nights", true)).toEqual({ before: 64, after: 40 });
});

test("how fair a draft is, is said in a sentence", () => {
  const spread = { hours: 12, nights: 8, weekends: 0, holidays: 24 };
  const told = { before: { ...spread, nights: 32 }, after: spread };
  expect(spreadSentence(told, "nights")).toBe(
    "Nights: with the draft equals are 8 h apart at most, 32 h today, the past quarter included.",
  );
  expect(spreadSentence(told, "hours")).toContain("12 h apart at most, as today");
});
