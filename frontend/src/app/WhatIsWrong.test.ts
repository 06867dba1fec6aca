import { render } from "svelte/server";
import { expect, test } from "vitest";
import type { Trouble } from "../lib/protocol";
import WhatIsWrong from "./WhatIsWrong.svelte";

const NOW = Date.parse("2026-01-06T11:20:00Z");
const AWAY: Trouble = {
  about: "database",
  text: "The database is away: callers are routed from the rota in memory.",
  since: "2026-01-06T11:10:00+00:00",
};

function shown(troubles: Trouble[]): string {
  return render(WhatIsWrong, { props: { troubles, timezone: "America/Los_Angeles", now: NOW } })
    .body;
}

test("what is wrong is said with its time on the team's clock", () => {
  const html = shown([AWAY, { ...AWAY, about: "heartbeat", text: "Nobody outside hears us." }]);
  expect(html).toContain("callers are routed from the rota in memory");
  expect(html).toContain("Nobody outside hears us.");
  expect(html).toMatch(/Since\s*<time[^>]*>03:10 PST</);
});

test("a screen reader finds the place where nothing is wrong yet", () => {
  expect(shown([])).toContain('role="status"');
  expect(shown([])).not.toContain("<li");
});
