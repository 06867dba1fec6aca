import { expect, test } from "vitest";
import { forgetForm, keptForm } from "./kept.svelte";

const fresh = () => ({ first: "" });

test("what somebody is filling in is theirs alone, and about one thing", () => {
  keptForm("ana@example.org", "time off", fresh).first = "2026-11-27";
  expect(keptForm("ana@example.org", "time off", fresh).first).toBe("2026-11-27");
  expect(keptForm("ana@example.org", "plan north", fresh).first).toBe("");
  expect(keptForm("ben@example.org", "time off", fresh).first).toBe("");
});

test("a form that is done with is fresh the next time", () => {
  keptForm("ana@example.org", "time off", fresh).first = "2026-11-27";
  forgetForm("ana@example.org", "time off");
  expect(keptForm("ana@example.org", "time off", fresh).first).toBe("");
});
