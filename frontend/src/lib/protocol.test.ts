/** Holds the messages that Python wrote against the types of this page, and the law against apply. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { apply } from "./board";
import { crisisCard } from "./samples";
import { checkLaw, checkMessage } from "./validate";

const STORED = new URL("../../../tests/snapshots/board_messages.json", import.meta.url);
const stored = JSON.parse(readFileSync(STORED, "utf-8")) as { messages: unknown[]; law?: unknown };

describe("the messages that the service sends", () => {
  test.each(stored.messages.map((message, index) => [index, message]))(
    "message %i is exactly what the types say",
    (_, message) => {
      // A check returns only the fields it knows, so a field too many shows as a difference.
      expect(checkMessage(message)).toEqual(message);
    },
  );

  test("there is one of each kind", () => {
    const checked = stored.messages.map(checkMessage);
    const types = new Set(checked.map(({ type }) => type));
    expect([...types].sort()).toEqual(["change", "heartbeat", "snapshot", "trouble"]);
    const kinds = new Set(
      checked.map((message) => message.type === "change" && message.change.kind),
    );
    for (const kind of ["crisis", "crisis_closed", "team", "admissions", "nothing", "reload"]) {
      expect(kinds).toContain(kind);
    }
  });

  test.skipIf(stored.law === undefined)("replaying the changes gives the fresh snapshot", () => {
    const { before, changes, after } = checkLaw(stored.law);
    expect(changes.reduce(apply, before)).toEqual(after);
  });
});

describe("a message that differs is refused with the place of the fault", () => {
  const message = (crisis: object) => ({
    type: "change",
    number: 8,
    at: "2026-01-06T11:00:00+00:00",
    change: { kind: "crisis", crisis },
  });

  test.each([
    ["an unknown state", { ...crisisCard(), state: "lost" }, ".crisis.state: expected one of"],
    ["a missing field", { ...crisisCard(), owner: undefined }, ".crisis.owner: expected an object"],
    ["nothing about a hand-off", { ...crisisCard(), handing_to: undefined }, ".crisis.handing_to"],
    ["a time without offset", { ...crisisCard(), since: "2026-01-06T11:00:00" }, ".crisis.since"],
    ["a fraction of a round", { ...crisisCard(), round: 1.5 }, ".crisis.round: expected a whole"],
  ])("%s", (_, crisis, place) => {
    expect(() => checkMessage(message(crisis))).toThrow(`message.change${place}`);
  });

  test("a service of the version before says nothing of calls back", () => {
    const { calling, ...before } = crisisCard();
    expect(calling).toBeNull();
    expect(checkMessage(message(before))).toEqual(message(crisisCard()));
  });

  test.each([null, 7, "snapshot", [], {}, { type: "toString" }])("not a message: %j", (value) => {
    expect(() => checkMessage(value)).toThrow("message");
  });
});
