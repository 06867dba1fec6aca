import { describe, expect, test } from "vitest";
import { board, teamCard } from "./samples";
import {
  boardTimezone,
  clockSeconds,
  clockTime,
  clockTimeNear,
  compareTimes,
  duration,
  elapsed,
  instant,
} from "./time";

const PORTLAND = "America/Los_Angeles";

describe("how long", () => {
  test.each([
    [0, "0:00"],
    [14_900, "0:14"],
    [200_000, "3:20"],
    [3_723_000, "1:02:03"],
    [93_723_000, "26:02:03"],
    [-5000, "0:00"],
  ])("%i ms reads %s", (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });

  test("counts from any offset, fractions included", () => {
    const now = instant("2026-01-06T11:00:14.500+00:00");
    expect(elapsed("2026-01-06T03:00:00.250000-08:00", now)).toBe("0:14");
  });
});

describe("clock times in the team's own zone", () => {
  test("carry the zone's abbreviation, in winter and in summer", () => {
    expect(clockTime("2026-01-06T11:12:00+00:00", PORTLAND)).toBe("03:12 PST");
    expect(clockTime("2026-07-06T10:12:00+00:00", PORTLAND)).toBe("03:12 PDT");
    expect(clockTime("2026-01-06T11:12:00+00:00", "America/Chicago")).toBe("05:12 CST");
  });

  test("midnight is 00, not 24", () => {
    expect(clockTime("2026-01-06T08:00:00+00:00", PORTLAND)).toBe("00:00 PST");
  });

  test("the hour that runs twice in November is told apart", () => {
    expect(clockTime("2026-11-01T08:30:00+00:00", PORTLAND)).toBe("01:30 PDT");
    expect(clockTime("2026-11-01T09:30:00+00:00", PORTLAND)).toBe("01:30 PST");
  });

  test("with seconds", () => {
    expect(clockSeconds(instant("2026-01-06T11:12:07+00:00"), PORTLAND)).toBe("03:12:07");
  });

  test("name the day only where it is not today", () => {
    const now = instant("2026-01-06T11:12:00+00:00");
    expect(clockTimeNear("2026-01-06T17:00:00+00:00", PORTLAND, now)).toBe("09:00 PST");
    expect(clockTimeNear("2026-01-12T08:00:00+00:00", PORTLAND, now)).toBe("Mon 00:00 PST");
    expect(clockTimeNear("2026-01-19T17:00:00+00:00", PORTLAND, now)).toBe("Jan 19, 09:00 PST");
  });
});

test("instants are ordered across offsets and to the microsecond", () => {
  expect(compareTimes("2026-01-06T03:00:00-08:00", "2026-01-06T11:00:00+00:00")).toBe(0);
  expect(compareTimes("2026-01-06T11:00:00Z", "2026-01-06T11:00:00.000001Z")).toBeLessThan(0);
  expect(compareTimes("2026-01-06T11:00:01Z", "2026-01-06T11:00:00.9Z")).toBeGreaterThan(0);
});

test("a board of one zone is read in it, a board of several in the reader's own", () => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const chicago = teamCard({ id: "delta", timezone: "America/Chicago" });
  expect(boardTimezone(board())).toBe(PORTLAND);
  expect(boardTimezone(board({ teams: [teamCard(), chicago] }))).toBe(own);
  expect(boardTimezone(null)).toBe(own);
});
