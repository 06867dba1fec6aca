import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { user } from "../lib/samples";
import { SessionState } from "./session.svelte";

/** What the service answers: with a session, with its end, or with an error. */
let status = 200;

beforeEach(() => {
  status = 200;
  vi.stubGlobal("fetch", (_: string, { method }: RequestInit) => {
    const ended = status === 200 && method === "DELETE";
    const body = ended ? null : JSON.stringify({ user: user() });
    return Promise.resolve(new Response(body, { status: ended ? 204 : status }));
  });
});

afterEach(() => vi.unstubAllGlobals());

/** Two tabs of one browser in which Ana is logged in; `left` is called by the other one. */
async function twoTabs() {
  const [here, there] = [new SessionState(), new SessionState()];
  const left = vi.fn();
  const stop = there.follow(left);
  await Promise.all([here.load(), there.load()]);
  return { here, there, left, stop };
}

test("logging out in one tab logs the others out at once, an expired one too", async () => {
  const { here, there, left, stop } = await twoTabs();
  there.lost();
  await here.logOut();
  await vi.waitFor(() => expect(left).toHaveBeenCalledOnce());
  for (const tab of [here, there]) {
    expect(tab).toMatchObject({ standing: "signed_out", user: null });
  }
  stop();
});

test("a log-out that the service refuses changes nothing in any tab", async () => {
  const { here, there, left, stop } = await twoTabs();
  status = 502;
  await expect(here.logOut()).rejects.toThrow("error 502");
  // Whatever was said before this message would have come before it.
  const heard = vi.fn();
  const last = new BroadcastChannel("vigil-session");
  const next = new BroadcastChannel("vigil-session");
  next.onmessage = heard;
  last.postMessage("something else");
  await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce());
  last.close();
  next.close();
  expect(left).not.toHaveBeenCalled();
  for (const tab of [here, there]) expect(tab.standing).toBe("signed_in");
  stop();
});
