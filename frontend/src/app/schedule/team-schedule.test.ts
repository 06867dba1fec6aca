import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Coverage } from "../../lib/schedule/protocol";
import { coverage, gap, request, shift } from "../../lib/schedule/samples";
import { TeamSchedule } from "./team-schedule.svelte";

const WEEK = { start: Date.parse("2026-11-23T08:00Z"), end: Date.parse("2026-11-30T08:00Z") };
let ahead: Coverage = coverage();
let requests = [request()];
let status = 200;

beforeEach(() => {
  [ahead, requests, status] = [coverage(), [], 200];
  vi.stubGlobal("fetch", (url: string) =>
    Promise.resolve(new Response(JSON.stringify(answer(url)), { status })),
  );
});

afterEach(() => vi.unstubAllGlobals());

function answer(url: string): object {
  if (status !== 200) return { detail: "No team is called “north”." };
  if (url.includes("/schedule?")) return { tiers: { primary: [shift()] } };
  if (url.includes("/coverage?")) return coverage();
  if (url.endsWith("/coverage")) return ahead;
  if (url.includes("/requests")) return requests;
  return { name: "North ACT" };
}

test("more is fetched than is shown, so that shifts at its edges are known as a whole", async () => {
  const schedule = new TeamSchedule("north");
  await schedule.load(WEEK);
  const { window, tiers } = schedule.shown ?? {};
  expect(window?.start).toBeLessThan(WEEK.start - 31 * 24 * 3_600_000);
  expect(window?.end).toBeGreaterThan(WEEK.end + 31 * 24 * 3_600_000);
  expect(tiers).toEqual({ primary: [shift()] });
});

test("what is the same as before is not shown anew", async () => {
  const schedule = new TeamSchedule("north");
  await schedule.load(WEEK);
  const before = schedule.shown;
  await schedule.load(WEEK);
  expect(schedule.shown).toBe(before);
});

test("coverage ahead and requests are told as of now", async () => {
  const schedule = new TeamSchedule("north");
  await schedule.load(WEEK);
  ahead = coverage({ covered: false, gaps: [gap()] });
  requests = [request()];
  await schedule.load(WEEK);
  expect(schedule.ahead?.gaps).toEqual([gap()]);
  expect(schedule.requests).toEqual([request()]);
});

test("a failure leaves what is shown; an unknown team is not worth asking again", async () => {
  const schedule = new TeamSchedule("north");
  await schedule.load(WEEK);
  status = 503;
  await schedule.load(WEEK);
  expect(schedule).toMatchObject({ missing: false, error: "No team is called “north”." });
  expect(schedule.shown).not.toBeNull();
  status = 404;
  await schedule.load(WEEK);
  expect(schedule.missing).toBe(true);
  status = 200;
  await schedule.load(WEEK);
  expect(schedule).toMatchObject({ missing: false, error: null });
});
