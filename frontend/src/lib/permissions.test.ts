import { expect, test } from "vitest";
import { actionsFor, hospitalPages, mayLead } from "./permissions";
import { ANA, BEN, crisisCard, crisisDocument, user } from "./samples";

const names = (actions: object) =>
  Object.entries(actions)
    .filter(([, allowed]) => allowed)
    .map(([name]) => name);

test("the person whose phone rings can take it or decline", () => {
  expect(names(actionsFor(user(), crisisCard()))).toEqual(["accept", "decline", "note", "close"]);
});

test("a colleague can take it, but has nothing to decline", () => {
  const ben = user({ staff: "ben" });
  expect(names(actionsFor(ben, crisisCard({ state: "paging" })))).toEqual([
    "accept",
    "note",
    "close",
  ]);
});

test("the owner can give it back, except in the middle of a talk", () => {
  const owned = crisisCard({ state: "accepted", owner: ANA, reaching: null });
  const all = ["giveBack", "callBack", "handOff", "note", "close"];
  expect(names(actionsFor(user(), owned))).toEqual(all);
  expect(actionsFor(user(), { ...owned, state: "talking" }).giveBack).toBe(false);
});

test("only the owner calls back, once at a time, and not in the middle of a talk", () => {
  const owned = crisisCard({ state: "accepted", owner: ANA, reaching: null });
  const since = "2026-01-06T11:00:00+00:00";
  expect(actionsFor(user(), owned).callBack).toBe(true);
  expect(actionsFor(user({ staff: "ben" }), owned).callBack).toBe(false);
  expect(actionsFor(user(), { ...owned, state: "talking" }).callBack).toBe(false);
  const calling = { staff: ANA, stage: "client", since } as const;
  expect(actionsFor(user(), { ...owned, calling }).callBack).toBe(false);
});

test("a colleague's crisis can be taken over", () => {
  const owned = crisisDocument({ owner: BEN });
  expect(names(actionsFor(user(), owned))).toEqual(["takeOver", "handOff", "note", "close"]);
});

test("the person who is asked to take it over can take it or decline; the owner keeps it so far", () => {
  const owned = { state: "accepted", owner: BEN, reaching: null } as const;
  const asked = crisisCard({ ...owned, handing_to: ANA });
  expect(names(actionsFor(user(), asked))).toEqual([
    "accept",
    "decline",
    "handOff",
    "note",
    "close",
  ]);
  const others = ["giveBack", "callBack", "handOff", "note", "close"];
  expect(names(actionsFor(user({ staff: "ben" }), asked))).toEqual(others);
  const cleo = names(actionsFor(user({ staff: "cleo" }), asked));
  expect(cleo).toEqual(["takeOver", "handOff", "note", "close"]);
  const nobody = names(actionsFor(user({ staff: null, role: "admin" }), crisisCard(owned)));
  expect(nobody).toEqual(["handOff", "note", "close"]);
});

test("an administrator on no team can close, but not take", () => {
  const admin = user({ role: "admin", staff: null, teams: [] });
  expect(names(actionsFor(admin, crisisCard({ state: "paging" })))).toEqual(["note", "close"]);
});

test("after the end there is only the late note", () => {
  expect(names(actionsFor(user(), crisisDocument({ state: "closed" })))).toEqual(["note"]);
});

test("viewers and other teams have no buttons", () => {
  expect(names(actionsFor(user({ role: "viewer" }), crisisCard()))).toEqual([]);
  expect(names(actionsFor(user({ teams: ["delta"] }), crisisCard()))).toEqual([]);
});

test("a team's rota is changed by its leads and by administrators", () => {
  const lead = user({ role: "lead", teams: ["north"] });
  expect([mayLead(lead, "north"), mayLead(lead, "south")]).toEqual([true, false]);
  expect(mayLead(user({ role: "admin", teams: [] }), "north")).toBe(true);
  expect(mayLead(user(), "north")).toBe(false);
});

test("a wall sees who is where; staff decide and write down; leads look after the feeds", () => {
  expect(hospitalPages(user({ role: "viewer" }))).toEqual(["admissions"]);
  expect(hospitalPages(user())).toEqual(["admissions", "phone_notice", "matching"]);
  for (const role of ["lead", "admin"] as const) {
    expect(hospitalPages(user({ role }))).toEqual([
      "admissions",
      "phone_notice",
      "matching",
      "inbox",
      "hospitals",
    ]);
  }
});
