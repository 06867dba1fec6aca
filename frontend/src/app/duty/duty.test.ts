import { afterEach, expect, test, vi } from "vitest";
import { ANA } from "../../lib/samples";
import { Duty } from "./duty.svelte";

const NOW = Date.parse("2026-11-22T18:00:00Z");

/** A service that answers each address with what `answers` holds for its end. */
function service(answers: Record<string, unknown>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const path = url.split("?")[0] ?? "";
    const known = Object.entries(answers).find(([end]) => path.endsWith(end));
    const status = known ? 200 : 503;
    return Promise.resolve(new Response(JSON.stringify(known?.[1] ?? {}), { status }));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

const mine = { staff: ANA, shifts: [], phone: {}, time_off: [] };
const waits = { ref: "U5L", you: { may_approve: true } };

test("ninety days of shifts are asked for", async () => {
  const asked = service({ "/me/shifts": mine, "/requests/mine": [] });
  await new Duty([]).load(NOW);
  const query = new URLSearchParams(asked[0]?.split("?")[1]);
  expect(query.get("from")).toBe("2026-11-22T18:00:00.000Z");
  expect(query.get("to")).toBe("2027-02-20T18:00:00.000Z");
});

test("a lead's page shows the swaps that wait for them", async () => {
  service({ "/me/shifts": mine, "/requests/mine": [], "/north/requests": [waits] });
  const duty = new Duty(["north"]);
  await duty.load(NOW);
  expect(duty.requests.map(({ ref }) => ref)).toEqual(["U5L"]);
});

test("what was fetched before stays when the service is in trouble", async () => {
  service({ "/me/shifts": mine, "/requests/mine": [waits] });
  const duty = new Duty([]);
  await duty.load(NOW);
  service({});
  await duty.load(NOW);
  expect(duty.error).toContain("error 503");
  expect(duty.mine?.staff).toEqual(ANA);
  expect(duty.requests).toHaveLength(1);
});
