import { expect, test } from "vitest";
import { crisisPath, parsePath } from "./paths";

test("each page has its address, and any other is unknown", () => {
  expect(parsePath("/")).toEqual({ page: "board" });
  expect(parsePath("/login")).toEqual({ page: "login" });
  expect(parsePath("/crises/K7Q")).toEqual({ page: "crisis", ref: "K7Q" });
  expect(parsePath("/somewhere/else")).toEqual({ page: "unknown" });
  expect(parsePath(crisisPath("K7Q"))).toEqual({ page: "crisis", ref: "K7Q" });
});

test("an address that is no valid encoding is unknown instead of breaking the page", () => {
  expect(parsePath("/crises/%E0%A4%A")).toEqual({ page: "unknown" });
});
