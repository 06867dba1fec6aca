import { render } from "svelte/server";
import { expect, test } from "vitest";
import { admission, episodePage, fidelityReport, unsettled } from "../../lib/hospitals/samples";
import { ANA, BEN, teamCard, user } from "../../lib/samples";
import MonthChart from "../fidelity/MonthChart.svelte";
import AdmissionCard from "./AdmissionCard.svelte";
import CandidateView from "./CandidateView.svelte";
import EpisodeCounts from "./EpisodeCounts.svelte";
import History from "./History.svelte";
import Marks from "./Marks.svelte";
import Steps from "./Steps.svelte";

const NOW = Date.parse("2026-03-03T11:10:30Z");
const changed = () => Promise.resolve();

/** The words of what is rendered, without its tags. */
const words = (html: string) =>
  html
    .replace(/<!--.*?-->/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");

function card(names: boolean, now = NOW) {
  const props = { admission: admission(), team: teamCard(), now, level: "h3", names } as const;
  return render(AdmissionCard, { props }).body;
}

test("a card on the board says where, how long and what is promised, and no name", () => {
  const said = words(card(false));
  expect(said).toContain("TT");
  expect(said).not.toContain("Test Person Two");
  expect(said).toContain("In the emergency department, day 1");
  expect(said).toContain("A call is promised by 03:40 ( K7Q )");
  expect(said).not.toContain("Call the hospital back");
  expect(words(card(true))).toContain("Test Person Two");
});

test("a promise that is over is told by a sign and in words, not by colour alone", () => {
  const said = words(card(false, NOW + 3_600_000));
  expect(said).toContain("▲ A call is promised by 03:40: late by 30 min");
});

test("each step says how it stands, by whom and why", () => {
  const said = words(render(Marks, { props: { episode: episodePage(), now: NOW } }).body);
  expect(said).toContain("✓ Notified : done");
  expect(said).toContain("△ Part in the decision : too late, after the decision");
  expect(said).toContain("Ana Ruiz");
});

test("what a hospital took back is struck through and said so; a moved date tells the old one", () => {
  const html = render(History, { props: { episode: episodePage(), now: NOW } }).body;
  expect(html).toMatch(/<s[^>]*>discharged<\/s>/);
  expect(words(html)).toContain("(taken back)");
  expect(words(html)).toContain("Moved: before, it was Mon Mar 2 02:00.");
});

test("only who did it, or a lead, may take a step back; what is taken back stays", () => {
  const props = { episode: episodePage(), now: NOW, changed };
  const shown = (staff: string, role: "clinician" | "lead" = "clinician") =>
    render(Steps, { props: { ...props, user: user({ staff, role }) } }).body;
  expect(shown(ANA.id).match(/Take it back…/g)).toHaveLength(1);
  expect(shown(BEN.id)).not.toContain("Take it back…");
  expect(shown(BEN.id, "lead")).toContain("Take it back…");
  expect(shown(ANA.id)).toMatch(/<s[^>]*>Saw the client in hospital<\/s>/);
});

test("it is said whether a stay counts, and why", () => {
  const said = words(render(EpisodeCounts, { props: { counts: episodePage().counts } }).body);
  expect(said).toContain("counts against the team: not notified in time");
  expect(said).toContain("nothing to count yet");
});

test("both sides stand beside each other; what neither tells is named once", () => {
  const [candidate] = unsettled().candidates;
  if (!candidate) throw new Error("the sample has a candidate");
  const props = { candidate, team: "North ACT", busy: false, link: changed };
  const said = words(render(CandidateView, { props }).body);
  expect(said).toContain("Birth date 1991-11-20 1991-11-20 ✓ same");
  expect(said).toContain("Sex male female ✕ conflict");
  expect(said).toContain("Against it: another sex");
  expect(said).toContain("Told by neither side: ZIP.");
});

test("the chart by month is silent, and its table says the same", () => {
  const html = render(MonthChart, { props: { months: fidelityReport().months } }).body;
  expect(html).toMatch(/<svg[^>]*aria-hidden="true"/);
  expect(words(html)).toContain("Mar 2026 1 of 2 0 of 0");
});
