/** A team's fairness report as the page holds it. */

import * as api from "../../lib/fairness/api";
import type { Period } from "../../lib/fairness/period";
import type { Report } from "../../lib/fairness/protocol";
import { isMissing, refused } from "../attempt.svelte";

export class FairnessReport {
  report = $state.raw<Report | null>(null);
  /** The time that `report` is about. */
  period = $state.raw<Period>({ first: "", last: "" });
  /** Why the last fetch failed; what was fetched before stays. */
  error = $state<string | null>(null);
  /** True when there is no such team for us: asking again would not help. */
  missing = $state(false);
  asking = $state(false);
  #questions = 0;

  constructor(readonly team: string) {}

  /** Fetch it; an answer that a later question has overtaken is dropped. */
  async load(period: Period): Promise<void> {
    const question = ++this.#questions;
    this.asking = true;
    try {
      const report = await api.report(this.team, period);
      if (question !== this.#questions) return;
      this.report = report;
      this.period = period;
      this.error = null;
      this.missing = false;
    } catch (error) {
      if (question !== this.#questions) return;
      this.error = refused(error);
      this.missing = isMissing(error);
    }
    this.asking = false;
  }
}
