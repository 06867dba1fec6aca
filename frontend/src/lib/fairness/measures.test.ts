import { expect, test } from "vitest";
import { ANA, BEN, CLEO } from "../samples";
import { amount, cell, gapBetween, ordered, sorted, spread, spreadSentence } from "./measures";
import type { Carried } from "./protocol";

const NOTHING = { hours: 0, nights: 0, weekends: 0, holidays: 0, shifts: 0, pages: 0, woken: 0 };
const people: Carried[] = [
  { ...NOTHING, staff: CLEO, nights: 24, shifts: 3 },
  { ...NOTHING, staff: ANA, nights: 32.5, shifts: 4 },
  { ...NOTHING, staff: BEN, nights: 24, shifts: 5 },
];
const namesOf = (rows: Carried[]) => rows.map(({ staff }) => staff.id);

test("a column sorts from its most, and the other way round at the next click", () => {
  const byNights = ordered({ column: "name", descending: false }, "nights");
  expect(namesOf(sorted(people, byNights))).toEqual(["ana", "ben", "cleo"]);
  const turned = ordered(byNights, "nights");
  expect(namesOf(sorted(people, turned))).toEqual(["ben", "cleo", "ana"]);
  const byName = ordered(turned, "name");
  expect(namesOf(sorted(people, byName))).toEqual(["ana", "ben", "cleo"]);
  expect(namesOf(sorted(people, ordered(byName, "name")))).toEqual(["cleo", "ben", "ana"]);
});

test("the spread names who has the most and the least", () => {
  const nights = spread(people, (one) => one.nights);
  expect(nights).toMatchObject({
    total: 80.5,
    most: { people: [ANA], value: 32.5 },
    least: { people: [BEN, CLEO], value: 24 },
  });
  expect(nights && gapBetween(nights)).toBe(8.5);
  expect(spread([], () => 0)).toBeNull();
});

test("what the chart shows is said in a sentence", () => {
  expect(
    spreadSentence(
      "nights",
      spread(people, (one) => one.nights),
    ),
  ).toBe(
    "Nights: Ana Ruiz has the most with 32.5 h, Ben Okafor and Cleo Park the least with 24 h; " +
      "the mean is 26.8 h.",
  );
  expect(
    spreadSentence(
      "pages",
      spread(people, (one) => one.pages),
    ),
  ).toBe("Pages: nobody has any.");
  expect(
    spreadSentence(
      "shifts",
      spread(people.slice(0, 1), (one) => one.shifts),
    ),
  ).toBe("Shifts: everybody has 3.");
});

test("whoever has as much is named as well, many by their number", () => {
  const sentence = (nights: number[]) => {
    const rows = nights.map((value, index) => ({ staff: people[index % 3]!.staff, nights: value }));
    return spreadSentence(
      "nights",
      spread(rows, (row) => row.nights),
    );
  };
  expect(sentence([9, 225, 225])).toBe(
    "Nights: Ana Ruiz and Ben Okafor have the most with 225 h, Cleo Park the least with 9 h; " +
      "the mean is 153 h.",
  );
  expect(sentence([9, 9, 9, 225.01, 225.04])).toContain(
    "have the most with 225 h, 3 people the least with 9 h",
  );
  expect(sentence([225.01, 225.04])).toBe("Nights: everybody has 225 h.");
});

test("hours stand in line in a column, counts have no digit after the point", () => {
  expect([cell("hours", 12), cell("hours", 12.25), cell("shifts", 3)]).toEqual([
    "12.0",
    "12.3",
    "3",
  ]);
  expect([amount("hours", 12), amount("woken", 2)]).toEqual(["12 h", "2"]);
});
