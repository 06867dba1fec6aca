import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Asked } from "../../lib/planner/protocol";
import { Plans } from "./plans.svelte";

const ASKED: Asked = { first_day: "2026-11-30", weeks: 1, pattern: { primary: "12h" } };
const GAP = {
  team: "north",
  tier: "primary",
  start: "2026-11-30T08:00:00-08:00",
  end: "2026-11-30T20:00:00-08:00",
  reason: "Ana Ruiz is away",
  candidates: [],
  part_takers: [],
};

/** What the service says of the plan, and how it answers to a change. */
let state = "running";
let refusal: object | null = null;
let unknown = false;
let requests: string[] = [];

function answer(url: string, method: string): [number, unknown] {
  const plan = { id: 7, state, asked: ASKED, progress: {} };
  if (unknown) return [404, { detail: "The team has no plan 7." }];
  if (method === "GET") return [200, url.endsWith("/plans") ? [plan] : plan];
  if (url.endsWith("/plans")) return [202, { id: 7, state }];
  return refusal ? [409, refusal] : [200, {}];
}

beforeEach(() => {
  vi.useFakeTimers();
  [state, refusal, unknown, requests] = ["running", null, false, []];
  vi.stubGlobal("fetch", (url: string, { method }: { method: string }) => {
    requests.push(`${method} ${url.replace("/api/teams/north", "")}`);
    const [status, body] = answer(url, method);
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a search is followed until it has ended, and no longer", async () => {
  const plans = new Plans("north");
  expect(await plans.ask(ASKED)).toBe(7);
  await vi.advanceTimersByTimeAsync(3000);
  expect(plans.plan?.state).toBe("running");
  state = "ready";
  await vi.advanceTimersByTimeAsync(1000);
  expect(plans.plan?.state).toBe("ready");
  expect(plans.list?.[0]?.state).toBe("ready");
  const asked = requests.length;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(requests).toHaveLength(asked);
});

test("a plan that is not there is said so once, and not asked for again", async () => {
  unknown = true;
  const plans = new Plans("north");
  await plans.look(7);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(plans).toMatchObject({ error: "The team has no plan 7.", missing: true });
  expect(requests).toHaveLength(1);
});

test("nobody looks on after the page is left", async () => {
  const plans = new Plans("north");
  await plans.look(7);
  plans.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(requests).toEqual(["GET /plans/7"]);
});

test("an applied draft is looked at again; undoing it is one request", async () => {
  state = "ready";
  const plans = new Plans("north");
  await plans.look(7);
  expect(await plans.apply()).toBe(true);
  expect(await plans.undo()).toBe(true);
  expect(requests.filter((one) => one.startsWith("POST"))).toEqual([
    "POST /plans/7/apply",
    "POST /plans/7/undo",
  ]);
});

test("a draft that would open gaps by now stays a draft, and the gaps are told", async () => {
  state = "ready";
  const plans = new Plans("north");
  await plans.look(7);
  refusal = { detail: "This would leave primary without anybody.", opened: [GAP] };
  expect(await plans.apply()).toBe(false);
  expect(plans).toMatchObject({
    refusal: "This would leave primary without anybody.",
    busy: false,
  });
  expect(plans.opened).toEqual([GAP]);
  refusal = null;
  expect(await plans.apply()).toBe(true);
  expect(plans).toMatchObject({ refusal: null, opened: [] });
});
