import { describe, expect, test } from "vitest";
import { hours, PORTLAND } from "./samples";
import { ownDays, readView, spanOf, step, weeks, writeView } from "./view";

describe("what is shown", () => {
  test("a week is its seven days, 169 hours long when the clocks go back", () => {
    const [days, ...more] = weeks({ name: "week", day: "2026-11-01" }, PORTLAND);
    expect(more).toEqual([]);
    expect(days?.map(({ day }) => day)).toEqual([
      "2026-10-26",
      "2026-10-27",
      "2026-10-28",
      "2026-10-29",
      "2026-10-30",
      "2026-10-31",
      "2026-11-01",
    ]);
    const { start, end } = spanOf(days ?? []);
    expect((end - start) / 3_600_000).toBe(169);
  });

  test("a month is every week with a day in it, and its own days are told apart", () => {
    const view = { name: "month", day: "2026-11-22" } as const;
    const all = weeks(view, PORTLAND).flat();
    expect([all[0]?.day, all.at(-1)?.day]).toEqual(["2026-10-26", "2026-12-06"]);
    const own = ownDays(view, PORTLAND);
    expect([own[0]?.day, own.at(-1)?.day, own.length]).toEqual(["2026-11-01", "2026-11-30", 30]);
    expect(hours(own)[0]).toBe(25);
  });

  test("a February that begins on a Monday has four weeks", () => {
    expect(weeks({ name: "month", day: "2027-02-14" }, PORTLAND)).toHaveLength(4);
  });
});

test("one steps by weeks or months", () => {
  expect(step({ name: "week", day: "2026-11-22" }, 1).day).toBe("2026-11-29");
  expect(step({ name: "month", day: "2026-01-31" }, -1).day).toBe("2025-12-01");
});

describe("the address keeps what is shown", () => {
  test("there and back", () => {
    const view = { name: "week", day: "2026-11-01" } as const;
    expect(readView(writeView(view))).toEqual(view);
    const present = { name: "month", day: null } as const;
    expect(writeView(present)).toBe("?view=month");
    expect(readView(writeView(present))).toEqual(present);
  });

  test.each(["", "?day=2026-02-31x", "?day=2026-13-01", "?view=year&day="])(
    "nonsense (%s) shows the present month",
    (query) => {
      expect(readView(query)).toEqual({ name: "month", day: null });
    },
  );
});
