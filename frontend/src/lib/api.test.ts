import { afterEach, expect, test, vi } from "vitest";
import * as api from "./api";

function answers(status: number, body: string | null): void {
  vi.stubGlobal(
    "fetch",
    vi.fn(() => Promise.resolve(new Response(body, { status }))),
  );
}

afterEach(() => vi.unstubAllGlobals());

test("a refusal in the service's words is shown as it is", async () => {
  answers(409, JSON.stringify({ detail: "Ben Okafor has taken it." }));
  await expect(api.accept("K7Q")).rejects.toMatchObject({
    status: 409,
    message: "Ben Okafor has taken it.",
  });
});

test("a list of faults in fields becomes one sentence", async () => {
  answers(422, JSON.stringify({ detail: [{ loc: ["body", "to"], msg: "missing" }] }));
  await expect(api.handOff("K7Q", "")).rejects.toThrow("Something in the form is missing");
});

test("an error page from something in between is still a sentence", async () => {
  answers(502, "<html>Bad gateway</html>");
  await expect(api.dispositions()).rejects.toThrow("Vigil could not do this (error 502)");
});

test("a change without an answer does not claim that nothing happened", async () => {
  vi.stubGlobal(
    "fetch",
    vi.fn(() => Promise.reject(new TypeError("network"))),
  );
  await expect(api.addNote("K7Q", "words")).rejects.toMatchObject({
    status: 0,
    message: expect.stringContaining("not known whether this was saved") as string,
  });
});

test("no session is an answer, not an error", async () => {
  answers(401, JSON.stringify({ detail: "Log in." }));
  await expect(api.session()).resolves.toBeNull();
});

test("logging out has no body to read", async () => {
  answers(204, null);
  await expect(api.logOut()).resolves.toBeUndefined();
});

test("a reference from the address bar can't leave its place in the URL", async () => {
  answers(404, "{}");
  await expect(api.crisis("../session")).rejects.toThrow("Nothing here has that name");
  expect(fetch).toHaveBeenCalledWith("/api/crises/..%2Fsession", expect.anything());
});
