import { render } from "svelte/server";
import { expect, test } from "vitest";
import { BEN } from "../../lib/samples";
import { calendarDays } from "../../lib/schedule/days";
import { pieces, span, type Difference } from "../../lib/schedule/lanes";
import type { Coverage, Shift } from "../../lib/schedule/protocol";
import { coverage, gap, NOW, PORTLAND, shift, thin } from "../../lib/schedule/samples";
import { spanOf } from "../../lib/schedule/view";
import Agenda from "./Agenda.svelte";
import Lane from "./Lane.svelte";

const DAYS = calendarDays("2026-11-27", 2, PORTLAND);
const WINDOW = spanOf(DAYS);
const YES = { reason: "the county covers", by: "Eli Sample", at: "2026-11-20T10:00:00-08:00" };

function props(shifts: Shift[], known: Coverage, changes: Difference[] = []) {
  const found = pieces("primary", shifts, known, WINDOW);
  const shared = { zone: PORTLAND, hues: new Map(), now: NOW, changes, select: () => undefined };
  return {
    lane: { ...shared, tier: "primary", pieces: found, window: WINDOW, tall: true, selected: null },
    agenda: { ...shared, days: DAYS, lanes: new Map([["primary", found]]), today: "2026-11-22" },
  };
}

/** The text of all buttons, by their sort. */
function texts(html: string): string[] {
  return [...html.matchAll(/<button[^>]*data-kind="(\w+)"[^>]*>(.*?)<\/button>/gs)].map(
    ([, kind, inner]) => `${kind}: ${(inner ?? "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")}`,
  );
}

const CASES: [string, Coverage, Shift[], RegExp][] = [
  ["a gap", coverage({ gaps: [gap()] }), [], /gap: .*Nobody/],
  ["an accepted gap", coverage({ gaps: [gap({ accepted: YES })] }), [], /accepted: .*Accepted gap/],
  ["a thin stretch", coverage({ thin: [thin()] }), [shift()], /shift: .*▲/],
  ["a shift", coverage(), [shift()], /shift: .*Ana Ruiz/],
];

test.each(CASES)("%s is told in words and signs, not by colour alone", (_, known, shifts, says) => {
  const { lane, agenda } = props(shifts, known);
  expect(texts(render(Lane, { props: lane }).body).join("\n")).toMatch(says);
  expect(texts(render(Agenda, { props: agenda }).body).join("\n")).toMatch(says);
});

test("what would change is told where it is drawn", () => {
  const change = { tier: "primary", ...span(shift()), was: shift().staff, now: BEN };
  const { lane, agenda } = props([shift({ staff: BEN })], coverage(), [change]);
  const html = render(Lane, { props: lane }).body;
  expect(html).toContain("Not saved: Ben Okafor instead of Ana Ruiz");
  expect(html).toContain("was Ana Ruiz");
  expect(render(Agenda, { props: agenda }).body).toContain("Not saved: Ben Okafor instead of Ana");
});

test("Tab reaches one piece of a lane: the first that is not over", () => {
  const later = shift({ start: shift().end, end: "2026-11-28T20:00:00-08:00", staff: BEN });
  const { lane } = props([shift(), later], coverage());
  const html = render(Lane, { props: { ...lane, now: Date.parse(shift().end) } }).body;
  const reached = [...html.matchAll(/<button[^>]*tabindex="0"[^>]*aria-label="([^:]*)/g)];
  expect(reached.map(([, label]) => label)).toEqual(["primary, Ben Okafor"]);
});
