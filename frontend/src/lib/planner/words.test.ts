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

test("the period names its last day, not the day after", () => {
  const from = "2026-10-26T08:00:00-07:00";
  const four = { from, to: "2026-11-23T08:00:00-08:00" };
  expect(periodWords(four, "America/Los_Angeles")).toBe("Mon Oct 26 – Sun Nov 22, 4 weeks");
  const one = { from, to: "2026-11-02T08:00:00-08:00" };
  expect(periodWords(one, "America/Los_Angeles")).toBe("Mon Oct 26 – Sun Nov 1, 1 week");
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
  const ana: Compared = { staff: ANA, before: share(48), after: share(24), past: share(16) };
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
