import { expect, test } from "vitest";
import { Draft } from "./drafts";

test("what somebody is writing about a crisis is theirs, and that crisis's, alone", () => {
  new Draft("ana@example.org", "K7Q").text = "Called back, no ans";
  expect(new Draft("ana@example.org", "K7Q").text).toBe("Called back, no ans");
  expect(new Draft("ana@example.org", "B2B").text).toBe("");
  expect(new Draft("ben@example.org", "K7Q").text).toBe("");
});
