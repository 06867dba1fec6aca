import { expect, test } from "vitest";
import { hues, HUES } from "./colours";

const STAFF = ["ana", "ben", "cho", "dee", "eli", "fay", "gus", "hal", "ivy", "jo", "kim", "lou"];

test("up to twelve people have twelve colours, none of them red or amber", () => {
  const given = [...hues(STAFF).values()];
  expect(new Set(given).size).toBe(12);
  for (const hue of given) expect(hue).toBeGreaterThanOrEqual(100);
  for (const hue of given) expect(hue).toBeLessThanOrEqual(345);
});

test("whoever joins changes nobody's colour", () => {
  const before = hues(STAFF.slice(0, 5));
  const after = hues(STAFF);
  for (const [id, hue] of before) expect(after.get(id)).toBe(hue);
});

test("a large team shares colours instead of running out", () => {
  const many = Array.from({ length: 40 }, (_, index) => `person-${index}`);
  for (const hue of hues(many).values()) expect(HUES).toContain(hue);
});
