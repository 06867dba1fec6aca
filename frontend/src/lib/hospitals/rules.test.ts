import { expect, test } from "vitest";
import type { Hospital } from "./protocol";
import { rulesBody, rulesForm } from "./rules";

const MERCY: Hospital = {
  id: "mercy",
  name: "Mercy Test Hospital",
  timezone: "America/Los_Angeles",
  phone: null,
  in_charge: null,
  psychiatric: false,
  psychiatric_units: ["BHU", "3 West"],
  known_as: ["MERCY"],
  rules: {
    classes: { BH: "inpatient", X: null },
    legal_status_at: "PV1-18",
    involuntary: ["INV", "HOLD"],
    voluntary: null,
    processing: null,
    refuse_with: "AE",
    certificates: null,
  },
  last_heard: {},
  usual_hours: null,
  silent: false,
  quarantined: 0,
};

test("what is read and saved again says the same; what is as usual is left out", () => {
  expect(rulesBody(rulesForm(MERCY))).toEqual({
    timezone: "America/Los_Angeles",
    known_as: ["MERCY"],
    psychiatric: false,
    psychiatric_units: ["BHU", "3 West"],
    classes: { BH: "inpatient", X: "none" },
    legal_status_at: "PV1-18",
    involuntary: ["INV", "HOLD"],
    refuse_with: "AE",
  });
});

test("blanks and empty lines of somebody who types mean nothing", () => {
  const form = { ...rulesForm(MERCY), classes: " BH=inpatient \n\n X ", voluntary: " VOL ,, V " };
  expect(rulesBody(form)).toMatchObject({
    classes: { BH: "inpatient", X: "none" },
    voluntary: ["VOL", "V"],
  });
});
