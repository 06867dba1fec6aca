import { expect, test } from "vitest";
import * as checks from "./checks";
import { admission, episodePage, fidelityReport, unsettled } from "./samples";

test("what the service tells is taken as it is, but for what the page doesn't know", () => {
  const at = "2026-03-03T11:10:00.123456+00:00";
  const told = { at, admissions: [{ ...admission(), planned_admission: null, next: null }] };
  expect(checks.checkAdmissions(told, "answer")).toEqual({ at, admissions: [admission()] });
  expect(checks.checkEpisode(episodePage(), "answer")).toEqual(episodePage());
  expect(checks.checkFidelity(fidelityReport(), "answer")).toEqual(fidelityReport());
  const notices = { notices: [unsettled()] };
  expect(checks.checkUnsettled(notices, "answer")).toEqual(notices);
});

test("a hospital whose rules say only one thing is understood as usual in all others", () => {
  const hospital = {
    id: "mercy",
    name: "Mercy Test Hospital",
    timezone: "America/Los_Angeles",
    phone: null,
    in_charge: null,
    psychiatric: false,
    psychiatric_units: ["BHU"],
    known_as: ["MERCY"],
    rules: { classes: { BH: "inpatient", X: null } },
    last_heard: { mllp: "2026-03-03T11:10:00+00:00" },
    usual_hours: 12,
    silent: false,
    quarantined: 1,
  };
  const [one] = checks.checkHospitals({ hospitals: [hospital] }, "answer").hospitals;
  expect(one?.rules).toMatchObject({ classes: { BH: "inpatient", X: null }, voluntary: null });
  const hidden = { ...hospital, rules: null };
  expect(checks.checkHospitals({ hospitals: [hidden] }, "answer").hospitals).toEqual([hidden]);
});

test("what differs from the agreed shape is named by its place, without what stood there", () => {
  const state = "Test Person Two";
  let wanted = "";
  try {
    checks.checkAdmissions(
      { at: "2026-03-03T11:10:00Z", admissions: [{ ...admission(), state }] },
      "answer",
    );
  } catch (error) {
    wanted = (error as { wanted: string }).wanted;
  }
  expect(wanted).toMatch(/^answer\.admissions\[0\]\.state: expected one of planned/);
  expect(wanted).not.toContain(state);
});
