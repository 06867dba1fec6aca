import { expect, test } from "vitest";
import { ANA, BEN } from "../samples";
import {
  asked,
  completed,
  emptyForm,
  emptyWish,
  handoffs,
  newest,
  planFault,
  type PlanForm,
} from "./form";
import type { PlanCard, Usual } from "./protocol";

const TIERS = ["primary", "backup"];
const NAMES = new Map([ANA, BEN].map(({ id, name }) => [id, name]));

const USUAL: Usual = {
  first_day: "2026-12-07",
  weeks: 13,
  seconds: 20,
  pattern: { primary: "12h", backup: "12h" },
};

/** A form in which only what differs is written. */
function form(differs: Partial<PlanForm> = {}): PlanForm {
  return { ...emptyForm(USUAL, TIERS, ["ana", "ben"]), ...differs };
}

test("an empty form asks for what is usual, and nothing else", () => {
  expect(planFault(form(), NAMES)).toBeNull();
  expect(asked(form(), TIERS)).toEqual({
    first_day: "2026-12-07",
    weeks: 13,
    seconds: 20,
    pattern: { primary: "12h", backup: "12h" },
  });
});

test("the handoffs of a tier's own rotations are written into the form", () => {
  const pattern = { primary: { handoffs: ["07:00", "19:00"] }, backup: "day_night" as const };
  const own = emptyForm({ ...USUAL, pattern }, TIERS, []);
  expect(own.tiers["primary"]).toEqual({ pattern: "own", handoffs: "07:00, 19:00" });
  expect(planFault(own, NAMES)).toBeNull();
  expect(asked(own, TIERS).pattern).toEqual(pattern);
});

test("limits and wishes are asked for as they were written", () => {
  const written = form({ mostNights: 3 });
  Object.assign(written.people["ana"] ?? {}, {
    share: 50,
    hoursAWeek: 36,
    nights: 0,
    notOn: ["backup"],
  });
  written.people["ben"]?.wishes.push({
    ...emptyWish(),
    wants: true,
    days: ["sat", "sun"],
    from: "20:00",
    to: "08:00",
  });
  expect(asked(written, TIERS)).toMatchObject({
    most_nights: 3,
    limits: { ana: { share: 0.5, hours_a_week: 36, nights: 0, not_on: ["backup"] } },
    preferences: {
      ben: [{ wants: true, days: ["sat", "sun"], from: "20:00", to: "08:00" }],
    },
  });
});

test("a tier that stays as it is isn't asked for; one at least must be", () => {
  const none = { pattern: "none" as const, handoffs: "" };
  const some = form({ tiers: { ...form().tiers, backup: none } });
  expect(planFault(some, NAMES)).toBeNull();
  expect(asked(some, TIERS)).toMatchObject({ tiers: ["primary"], pattern: { primary: "12h" } });
  expect(asked(some, TIERS).pattern).not.toHaveProperty("backup");
  expect(planFault(form({ tiers: { primary: none, backup: none } }), NAMES)).toContain("at least");
});

test("handoffs of one's own are read with any blanks and in any letters", () => {
  expect(handoffs(" 08:00,  Fri   17:00;\n")).toEqual(["08:00", "fri 17:00"]);
  const tiers = { ...form().tiers, backup: { pattern: "own" as const, handoffs: "mon 08:00" } };
  expect(asked(form({ tiers }), TIERS).pattern["backup"]).toEqual({ handoffs: ["mon 08:00"] });
});

test.each([
  ["8:00", "“8:00” is no handoff"],
  ["24:00", "“24:00” is no handoff"],
  ["08:00, someday 17:00", "“someday 17:00” is no handoff"],
  ["", "write its handoffs"],
])("handoffs that can't be read are told with their tier: %j", (text, told) => {
  const tiers = { primary: { pattern: "own" as const, handoffs: text } };
  expect(planFault(form({ tiers }), NAMES)).toContain(`primary: ${told}`);
});

test.each([
  [null, "1 to 13"],
  [0, "1 to 13"],
  [14, "1 to 13"],
  [1.5, "1 to 13"],
])("%s weeks can't be asked for", (weeks, told) => {
  expect(planFault(form({ weeks }), NAMES)).toContain(told);
});

test.each([
  [{}, "say what the wish is about"],
  [{ from: "20:00" }, "both times"],
  [{ first: "2026-12-10", last: "2026-12-09" }, "must not be before"],
])("a wish that says too little is told with its person", (wish, told) => {
  const written = form();
  written.people["ben"]?.wishes.push({ ...emptyWish(), ...wish });
  expect(planFault(written, NAMES)).toMatch(new RegExp(`^Ben Okafor: .*${told}`));
});

test("whoever joins while a form is written has a place in it, and what was written stays", () => {
  const written = form({ weeks: 6 });
  Object.assign(written.people["ana"] ?? {}, { nights: 2 });
  const after = completed(written, USUAL, [...TIERS, "medical"], ["ana", "ben", "cleo"]);
  expect(after.weeks).toBe(6);
  expect(after.people["ana"]?.nights).toBe(2);
  expect(after.people["cleo"]?.nights).toBeNull();
  expect(after.tiers["medical"]?.pattern).toBe("12h");
});

test("the newest plan is shown first, unless it has come to nothing", () => {
  const plan = (id: number, state: PlanCard["state"]): PlanCard => ({
    id,
    state,
    made_at: "2026-11-22T10:00:00-08:00",
    made_by: "Eli Sample",
    from: "2026-12-07T08:00:00-08:00",
    to: "2027-01-04T08:00:00-08:00",
    asked: {},
    progress: {},
  });
  expect(newest([plan(2, "ready"), plan(1, "applied")])).toBe(2);
  expect(newest([plan(2, "undone"), plan(1, "applied")])).toBeNull();
  expect(newest([])).toBeNull();
});
