import { render } from "svelte/server";
import { expect, test } from "vitest";
import type { CrisisCard } from "../lib/protocol";
import { ANA, BEN, board, crisisCard, user } from "../lib/samples";
import Board from "./Board.svelte";

const NOW = Date.parse("2026-01-06T11:00:02Z");

function shown(crises: CrisisCard[]): string {
  return render(Board, { props: { user: user(), board: board({ crises }), changes: 0, now: NOW } })
    .body;
}

test("a crisis that needs an owner stands before those that have one; else the order stays", () => {
  const owned = { state: "accepted", owner: BEN, reaching: null } as const;
  const html = shown([
    crisisCard({ ref: "A1A", ...owned }),
    crisisCard({ ref: "B2B" }),
    crisisCard({ ref: "C3C", ...owned }),
    crisisCard({ ref: "D4D", state: "last_resort" }),
  ]);
  const refs = [...html.matchAll(/data-ref="(\w+)"/g)].map(([, ref]) => ref);
  expect(refs).toEqual(["B2B", "D4D", "A1A", "C3C"]);
});

test("whoever is asked to take it over sees it, how long it holds, and both answers", () => {
  const asked = { state: "accepted", owner: BEN, handing_to: ANA, reaching: null } as const;
  const html = shown([crisisCard({ ...asked, due_at: "2026-01-06T11:02:00+00:00" })]);
  expect(html).toContain("Accepted by Ben Okafor, who asked Ana Ruiz to take it over");
  expect(html).toContain("Hand-off: 1:58 left");
  expect(html).toMatch(/<button[^>]*>Take it</);
  expect(html).toMatch(/<button[^>]*>Decline</);
});
