import { describe, expect, test } from "vitest";
import {
  acceptance,
  accepting,
  overrideBack,
  overrideChange,
  overrideFault,
  previewOf,
  rotationsFault,
  stretchFault,
  temporaryChange,
  temporaryFault,
  type OverrideDraft,
} from "./changes";
import type { Rotation } from "./protocol";
import { gap, shift } from "./samples";

const { start, end } = shift();
const DRAFT: OverrideDraft = {
  ...{ tier: "primary", start, end, kind: "replace", staff: "ben", instead: "", reason: "" },
};
const ROTATION: Rotation = {
  ...{ tier: "primary", name: "nights", starts: "2026-01-05T17:00", ends: null },
  ...{ every: "1 day", order: ["ana", "ben"], only: null },
};

test("a gap that stands already is accepted from its beginning to its end", () => {
  expect(acceptance("north", gap(), "the county covers")).toEqual({
    method: "POST",
    url: "/api/teams/north/accepted-gaps",
    body: { tier: "primary", start, end, reason: "the county covers" },
  });
});

describe("a change", () => {
  test("is tried with the very request that would make it", () => {
    const change = overrideChange("north", DRAFT);
    expect(previewOf(change)).toEqual({
      ...change,
      url: "/api/teams/north/overrides?preview=true",
    });
  });

  test("carries a lead's reason in its body, or in its address where it has none", () => {
    const written = accepting(overrideChange("north", DRAFT), "the county covers");
    expect(written.body).toMatchObject({ staff: "ben", accept_gaps: "the county covers" });
    const back = accepting(overrideBack("north", 7), "a & b");
    expect(back).toEqual({
      method: "DELETE",
      url: "/api/teams/north/overrides/7?accept_gaps=a+%26+b",
    });
    expect(previewOf(back).url).toContain("&preview=true");
  });

  test("of a team whose name is odd stays below that team", () => {
    expect(overrideBack("../x", 1).url).toBe("/api/teams/..%2Fx/overrides/1");
  });
});

describe("an override", () => {
  test("leaves out what was not said", () => {
    expect(overrideChange("north", DRAFT).body).toEqual({
      ...{ tier: "primary", start, end, kind: "replace", staff: "ben" },
    });
    const full = { ...DRAFT, instead: "ana", reason: " a course " };
    expect(overrideChange("north", full).body).toMatchObject({
      instead: "ana",
      reason: "a course",
    });
  });

  test("is instead of somebody only when it replaces", () => {
    const body = overrideChange("north", { ...DRAFT, kind: "add", instead: "ana" }).body;
    expect(body).not.toHaveProperty("instead");
  });

  test.each<[Partial<OverrideDraft>, string]>([
    [{ staff: "" }, "Choose somebody."],
    [{ end: "" }, "Say from when until when."],
    [{ end: start }, "The end must be later than the start."],
    [{ instead: "ben" }, "Nobody can stand instead of themselves: choose somebody else."],
  ])("with %o is not complete", (differs, sentence) => {
    expect(overrideFault({ ...DRAFT, ...differs })).toBe(sentence);
    expect(overrideFault(DRAFT)).toBeNull();
  });
});

test("a stretch is compared as instants, whatever its offsets", () => {
  const [early, late] = ["2026-11-01T01:30:00-07:00", "2026-11-01T01:10:00-08:00"];
  expect(stretchFault({ start: early, end: late })).toBeNull();
  expect(stretchFault({ start: late, end: early })).not.toBeNull();
});

test.each<[Partial<Rotation>, RegExp]>([
  [{ name: " " }, /give the rotation a name/],
  [{ starts: "" }, /say when it starts/],
  [{ ends: "2026-01-05T17:00" }, /must end after it starts/],
  [{ every: "0 days" }, /how long a turn lasts/],
  [{ every: " weeks" }, /how long a turn lasts/],
  [{ order: [] }, /name somebody/],
  [{ only: { days: [], from: "17:00", to: "08:00" } }, /choose the weekdays/],
])("a rotation with %o says what is missing, and where", (differs, sentence) => {
  expect(rotationsFault([ROTATION])).toBeNull();
  const fault = rotationsFault([ROTATION, { ...ROTATION, ...differs }]);
  expect(fault).toMatch(sentence);
  expect(fault).toMatch(/^primary, “/);
});

describe("a temporary schedule", () => {
  const stint = { tier: "primary", start, end, staff: "ben" };
  const later = { ...stint, start: end, end: "2026-11-28T17:00:00-08:00" };

  test("is told tier by tier, in order, whatever the order of writing", () => {
    const stints = [later, { ...stint, tier: "backup" }, stint];
    expect(temporaryChange("north", { name: " Holidays ", stints }).body).toEqual({
      name: "Holidays",
      tiers: {
        primary: [
          { start, end, staff: "ben" },
          { start: later.start, end: later.end, staff: "ben" },
        ],
        backup: [{ start, end, staff: "ben" }],
      },
    });
  });

  test("says which stint is not complete", () => {
    const draft = { name: "Holidays", stints: [stint, { ...stint, staff: "" }] };
    expect(temporaryFault(draft)).toBe("Stint 2: Choose a tier and somebody.");
    expect(temporaryFault({ ...draft, name: "" })).toBe("Give it a name.");
    expect(temporaryFault({ name: "Holidays", stints: [stint] })).toBeNull();
  });
});
