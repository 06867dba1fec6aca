import { afterEach, expect, test, vi } from "vitest";
import { crisisDocument } from "../lib/samples";
import { CrisisRecord } from "./record.svelte";

function answers(status: number, body: object = {}): void {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status })));
}

afterEach(() => vi.unstubAllGlobals());

test("an unknown reference is missing; a service in trouble is worth asking again", async () => {
  const record = new CrisisRecord("ZZZ");
  answers(404);
  await record.load();
  expect(record).toMatchObject({ missing: true, document: null });
  answers(502);
  await record.load();
  expect(record.missing).toBe(false);
  expect(record.error).toContain("error 502");
});

test("a crisis that is there again has neither fault", async () => {
  const record = new CrisisRecord("k7q");
  answers(404);
  await record.load();
  answers(200, crisisDocument());
  await record.load();
  expect(record).toMatchObject({ missing: false, error: null, document: { ref: "K7Q" } });
});
