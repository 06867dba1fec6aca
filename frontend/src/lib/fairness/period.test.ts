import { expect, test } from "vitest";
import { periodFault, quarterBefore, quarterName, quarterOf, yearUntil } from "./period";

test.each([
  ["2026-01-01", "2026-01-01", "2026-03-31"],
  ["2026-05-31", "2026-04-01", "2026-06-30"],
  ["2026-11-22", "2026-10-01", "2026-12-31"],
  ["2028-02-29", "2028-01-01", "2028-03-31"],
])("%s lies in the quarter from %s to %s", (day, first, last) => {
  expect(quarterOf(day)).toEqual({ first, last });
});

test("the quarter before the first is the last one of the year before", () => {
  expect(quarterBefore("2026-02-10")).toEqual({ first: "2025-10-01", last: "2025-12-31" });
  expect(quarterName(quarterBefore("2026-02-10"))).toBe("2025, fourth quarter");
});

test("a period of one day is one; one that ends before it begins is told", () => {
  expect(periodFault({ first: "2026-11-22", last: "2026-11-22" })).toBeNull();
  expect(periodFault({ first: "2026-11-22", last: "2026-11-21" })).toContain("before the first");
  expect(periodFault({ first: "2026-11-22", last: "" })).toContain("the last day");
});

test("a year that ends with a day has 365 days, also where one of them is a 29 February", () => {
  expect(yearUntil("2026-03-03")).toEqual({ first: "2025-03-04", last: "2026-03-03" });
  expect(yearUntil("2028-03-03")).toEqual({ first: "2027-03-05", last: "2028-03-03" });
});
