import { expect, test } from "vitest";
import { actionsFor } from "./permissions";
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
  expect(names(actionsFor(user(), owned))).toEqual(["giveBack", "handOff", "note", "close"]);
  expect(actionsFor(user(), { ...owned, state: "talking" }).giveBack).toBe(false);
});

test("a colleague's crisis can be taken over", () => {
  const owned = crisisDocument({ owner: BEN });
  expect(names(actionsFor(user(), owned))).toEqual(["takeOver", "handOff", "note", "close"]);
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
