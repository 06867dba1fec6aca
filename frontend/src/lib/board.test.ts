import { describe, expect, test } from "vitest";
import { apply, needsOwner, nextStepAt } from "./board";
import { ANA, board, crisisCard, teamCard } from "./samples";

const refs = (crises: { ref: string }[]) => crises.map(({ ref }) => ref);

describe("a change makes the board that a fresh snapshot would show", () => {
  test("a new crisis takes its place by opening time, then reference", () => {
    const early = crisisCard({ ref: "B2B", opened_at: "2026-01-06T10:00:00+00:00" });
    const late = crisisCard({ ref: "Z9Z" });
    const before = board({ crises: [early, late] });
    const after = apply(before, { kind: "crisis", crisis: crisisCard({ ref: "A1A" }) });
    expect(refs(after.crises)).toEqual(["B2B", "A1A", "Z9Z"]);
    expect(refs(before.crises)).toEqual(["B2B", "Z9Z"]);
  });

  test("crises of the same second are told apart by their microseconds", () => {
    const first = crisisCard({ ref: "Z9Z", opened_at: "2026-01-06T11:00:00.000100+00:00" });
    const second = crisisCard({ ref: "A1A", opened_at: "2026-01-06T11:00:00.000200+00:00" });
    const after = apply(board({ crises: [second] }), { kind: "crisis", crisis: first });
    expect(refs(after.crises)).toEqual(["Z9Z", "A1A"]);
  });

  test("a known crisis is replaced, and only that one", () => {
    const other = crisisCard({ ref: "B2B" });
    const taken = crisisCard({ state: "accepted", owner: ANA, reaching: null });
    const after = apply(board({ crises: [other, crisisCard()] }), {
      kind: "crisis",
      crisis: taken,
    });
    expect(after.crises).toEqual([other, taken]);
    expect(after.crises[0]).toBe(other);
  });

  test("a closed crisis leaves the board; closing it twice changes nothing more", () => {
    const before = board({ crises: [crisisCard(), crisisCard({ ref: "Z9Z" })] });
    const closed = { kind: "crisis_closed", ref: "K7Q", team: "north" } as const;
    const after = apply(before, closed);
    expect(refs(after.crises)).toEqual(["Z9Z"]);
    expect(apply(after, closed)).toEqual(after);
  });

  test("teams are kept by name", () => {
    const coast = teamCard({ id: "west", name: "Coast ACT" });
    const after = apply(board(), { kind: "team", team: coast });
    expect(after.teams.map(({ name }) => name)).toEqual(["Coast ACT", "North ACT"]);
    const renamed = apply(after, { kind: "team", team: { ...coast, name: "Zephyr ACT" } });
    expect(renamed.teams.map(({ name }) => name)).toEqual(["North ACT", "Zephyr ACT"]);
  });

  test("nothing and reload leave the board as it is", () => {
    const before = board({ crises: [crisisCard()] });
    expect(apply(before, { kind: "nothing" })).toBe(before);
    expect(apply(before, { kind: "reload" })).toBe(before);
  });
});

test("a crisis handed to 988 still needs an owner in the team", () => {
  expect(needsOwner(crisisCard({ state: "last_resort" }))).toBe(true);
  expect(needsOwner(crisisCard({ state: "talking", owner: ANA }))).toBe(false);
  expect(needsOwner(crisisCard({ state: "closed" }))).toBe(false);
});

test("while a phone rings, its guard is not announced as the ladder's next step", () => {
  const due_at = "2026-01-06T11:01:20+00:00";
  expect(nextStepAt(crisisCard({ due_at }))).toBeNull();
  expect(nextStepAt(crisisCard({ state: "callback_needed", due_at }))).toBe(due_at);
});
