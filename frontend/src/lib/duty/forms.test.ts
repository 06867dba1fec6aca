import { expect, test } from "vitest";
import { awayChange, awayFault, awaySpan, emptyAway } from "./forms";

const ZONE = "America/Los_Angeles";
const days = { ...emptyAway(), first: "2026-10-31", last: "2026-11-01" };
const times = {
  ...emptyAway(),
  by: "times" as const,
  start: "2026-11-27T17:00:00-08:00",
  end: "2026-11-27T20:00:00-08:00",
};

test("whole days are asked for as days", () => {
  expect(awayFault(days)).toBeNull();
  expect(awayChange("ana", null, days)).toEqual({
    method: "POST",
    url: "/api/staff/ana/time-off",
    body: { first_day: "2026-10-31", last_day: "2026-11-01" },
  });
});

test("a lead's whole days are those of the team that they look at", () => {
  expect(awayChange("ana", "north", days).body).toMatchObject({ team: "north" });
});

test("two days around the change of the clocks last 49 hours", () => {
  const { start, end } = awaySpan(days, ZONE);
  expect((end - start) / 3_600_000).toBe(49);
});

test("hours are asked for as instants", () => {
  expect(awayFault(times)).toBeNull();
  expect(awayChange("ana", "north", times).body).toEqual({ start: times.start, end: times.end });
  expect(awaySpan(times, ZONE).end - awaySpan(times, ZONE).start).toBe(3 * 3_600_000);
});

test.each([
  [emptyAway(), "first and the last day"],
  [{ ...days, last: "2026-10-30" }, "must not be before"],
  [{ ...times, end: "" }, "from when until when"],
  [{ ...times, end: times.start }, "later than the start"],
])("what is missing or the wrong way round is told", (form, told) => {
  expect(awayFault(form)).toContain(told);
});
