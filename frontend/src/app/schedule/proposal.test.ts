import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { overrideBack } from "../../lib/schedule/changes";
import type { Verdict } from "../../lib/schedule/protocol";
import { opened, shift, verdict } from "../../lib/schedule/samples";
import { Proposal } from "./proposal.svelte";

/** What was asked, in order, and how each question can still be answered. */
const asked: { url: string; method: string; answer: (body: object, status?: number) => void }[] =
  [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", (url: string, { method }: RequestInit) => {
    return new Promise<Response>((resolve) => {
      const answer = (body: object, status = 200) =>
        resolve(new Response(JSON.stringify(body), { status }));
      asked.push({ url, method: method ?? "", answer });
    });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  asked.length = 0;
});

const pause = () => vi.advanceTimersByTimeAsync(1000);
const GAP: Verdict = verdict({ covered: false, opened: [opened()] });
const [ONE, OTHER] = [overrideBack("north", 1), overrideBack("north", 2)];

test("a change is tried once its writer pauses, and nothing is saved by it", async () => {
  const proposal = new Proposal("north");
  proposal.consider(OTHER);
  proposal.consider(ONE);
  expect(asked).toEqual([]);
  await pause();
  expect(asked.map(({ url }) => url)).toEqual(["/api/teams/north/overrides/1?preview=true"]);
  asked[0]?.answer(GAP);
  await pause();
  expect(proposal.verdict?.opened).toEqual([opened()]);
  expect(proposal.asking).toBe(false);
});

test("the answer to what somebody has changed meanwhile is not shown", async () => {
  const proposal = new Proposal("north");
  proposal.consider(ONE);
  await pause();
  proposal.consider(OTHER);
  await pause();
  asked[1]?.answer(verdict());
  await pause();
  asked[0]?.answer(GAP);
  await pause();
  expect(proposal.verdict).toEqual(verdict());
});

test("an incomplete change has no consequences", async () => {
  const proposal = new Proposal("north");
  proposal.consider(ONE);
  await pause();
  proposal.consider(null);
  asked[0]?.answer(GAP);
  await pause();
  expect(proposal).toMatchObject({ verdict: null, asking: false, error: null });
});

test("beside the would-be schedule it fetches who stands today, over the same time", async () => {
  const proposal = new Proposal("north");
  proposal.consider(ONE);
  await pause();
  const times = { from: "2026-11-22T10:00:00-08:00", to: "2027-02-20T10:00:00-08:00" };
  asked[0]?.answer(verdict({ ...times, schedule: { primary: [] } }));
  await pause();
  expect(asked[1]?.url).toContain("/schedule?from=2026-11-22T18%3A00%3A00.000Z");
  expect(proposal.verdict).toBeNull();
  asked[1]?.answer({ tiers: { primary: [shift()] } });
  await pause();
  expect(proposal.today).toEqual({ primary: [shift()] });
});

test("what the service refuses for its gaps is told with those who could take them", async () => {
  const proposal = new Proposal("north");
  const saving = proposal.save(ONE, null);
  asked[0]?.answer(
    { detail: "This would leave primary without anybody.", opened: [opened()] },
    409,
  );
  expect(await saving).toBe(false);
  expect(proposal.error).toBe("This would leave primary without anybody.");
  expect(proposal.verdict?.opened).toEqual([opened()]);
});

test("a lead's reason goes along, and what is being saved is not saved twice", async () => {
  const proposal = new Proposal("north");
  const saving = proposal.save(ONE, "the county covers");
  expect(await proposal.save(ONE, null)).toBe(false);
  asked[0]?.answer({ coverage: verdict() });
  expect(await saving).toBe(true);
  expect(asked.map(({ url }) => url)).toEqual([
    "/api/teams/north/overrides/1?accept_gaps=the+county+covers",
  ]);
});
