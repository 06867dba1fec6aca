import { describe, expect, test } from "vitest";
import {
  addDays,
  addMonths,
  calendarDays,
  dayAt,
  monday,
  occurrences,
  offsetAt,
  toInstant,
  wallAt,
  weekday,
} from "./days";
import { hours, PORTLAND } from "./samples";

const at = (time: string) => Date.parse(time);

describe("days have as many hours as the zone gives them", () => {
  test.each([
    ["Portland, clocks back", PORTLAND, "2026-11-01", 25],
    ["Portland, clocks forward", PORTLAND, "2026-03-08", 23],
    ["Lord Howe, half an hour", "Australia/Lord_Howe", "2026-04-05", 24.5],
    ["Beirut, no midnight", "Asia/Beirut", "2026-03-29", 23],
    ["Apia, no day at all", "Pacific/Apia", "2011-12-30", 0],
  ])("%s", (_, zone, day, expected) => {
    expect(hours(calendarDays(addDays(day, -1), 3, zone))).toEqual([24, expected, 24]);
  });

  test("and follow each other without a hole", () => {
    const days = calendarDays("2026-01-01", 365, PORTLAND);
    for (const [index, day] of days.slice(1).entries()) expect(day.start).toBe(days[index]?.end);
    expect(hours(days).reduce((sum, one) => sum + one)).toBe(365 * 24);
  });
});

describe("the clock on the wall", () => {
  test("an hour that happens twice means the first", () => {
    expect(occurrences("2026-11-01T01:30", PORTLAND)).toEqual([
      at("2026-11-01T08:30Z"),
      at("2026-11-01T09:30Z"),
    ]);
    expect(toInstant("2026-11-01T01:30", PORTLAND)).toBe(at("2026-11-01T08:30Z"));
  });

  test("an hour that doesn't happen means the instant at which the clocks jump", () => {
    expect(occurrences("2026-03-08T02:30", PORTLAND)).toEqual([]);
    expect(toInstant("2026-03-08T02:30", PORTLAND)).toBe(at("2026-03-08T10:00Z"));
    expect(toInstant("2011-12-30T12:00", "Pacific/Apia")).toBe(at("2011-12-30T10:00Z"));
  });

  test.each([PORTLAND, "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"])(
    "every hour of a year comes back as it was: %s",
    (zone) => {
      const hours = Array.from({ length: 24 * 366 }, (_, hour) => hour * 3_600_000);
      const instants = hours.map((passed) => at("2026-01-01T00:00Z") + passed);
      const lost = instants.filter((one) => !occurrences(wallAt(one, zone), zone).includes(one));
      expect(lost).toEqual([]);
    },
  );

  test("seconds are told where there are any", () => {
    expect(wallAt(at("2026-11-22T18:00:00Z"), PORTLAND)).toBe("2026-11-22T10:00");
    expect(wallAt(at("2026-11-22T18:00:01Z"), PORTLAND)).toBe("2026-11-22T10:00:01");
    expect(toInstant("2026-11-22T10:00:01", PORTLAND)).toBe(at("2026-11-22T18:00:01Z"));
  });

  test("offsets of half an hour and before 1970 are right", () => {
    expect(offsetAt(at("2026-01-01T00:00Z"), "Asia/Kolkata")).toBe(5.5 * 3_600_000);
    expect(dayAt(at("1969-12-31T12:00:00.500Z"), "UTC")).toBe("1969-12-31");
  });
});

test("weeks begin on Monday, months on their first", () => {
  expect(weekday("2026-11-22")).toBe(6);
  expect(monday("2026-11-22")).toBe("2026-11-16");
  expect(monday("2026-11-23")).toBe("2026-11-23");
  expect(addMonths("2026-01-31", 1)).toBe("2026-02-01");
  expect(addMonths("2026-01-31", -1)).toBe("2025-12-01");
  expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
});
