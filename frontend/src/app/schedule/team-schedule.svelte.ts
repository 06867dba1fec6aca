/** A team's rota, schedule and coverage as a page holds them, fetched again whenever they may have changed. */

import * as api from "../../lib/schedule/api";
import { HOUR, type Span } from "../../lib/schedule/days";
import type { Coverage, Request, Rota, Tiers } from "../../lib/schedule/protocol";
import { isMissing, refused } from "../attempt.svelte";

/** More than is shown, so that a shift which reaches into it is known from its start to its end. */
const MARGIN_MS = 35 * 24 * HOUR;

/** All that is shown of a team, as of one moment. */
export interface Shown {
  rota: Rota;
  /** The time for which `tiers` and `coverage` were asked. */
  window: Span;
  tiers: Tiers;
  coverage: Coverage;
}

export class TeamSchedule {
  shown = $state.raw<Shown | null>(null);
  /** From now to the horizon, whatever the page shows. */
  ahead = $state.raw<Coverage | null>(null);
  requests = $state.raw<Request[]>([]);
  /** Why the last fetch failed; what was fetched before stays. */
  error = $state<string | null>(null);
  /** True when there is no such team for us: asking again would not help. */
  missing = $state(false);
  #questions = 0;
  #told = "";

  constructor(readonly team: string) {}

  /** Fetch all of it for a stretch of time; an answer that a later question has overtaken is dropped. */
  async load({ start, end }: Span): Promise<void> {
    const window = { start: start - MARGIN_MS, end: end + MARGIN_MS };
    const question = ++this.#questions;
    try {
      const [rota, schedule, coverage, ahead, requests] = await Promise.all([
        api.rota(this.team),
        api.schedule(this.team, window),
        api.coverage(this.team, window),
        api.coverage(this.team),
        api.openRequests(this.team),
      ]);
      if (question !== this.#questions) return;
      this.#show({ rota, window, tiers: schedule.tiers, coverage });
      this.ahead = ahead;
      this.requests = requests;
      this.error = null;
      this.missing = false;
    } catch (error) {
      if (question !== this.#questions) return;
      this.error = refused(error);
      this.missing = isMissing(error);
    }
  }

  /** What is the same as before is not shown again: nothing on the page moves, nothing is redone. */
  #show(shown: Shown): void {
    const told = JSON.stringify(shown);
    if (told === this.#told) return;
    this.#told = told;
    this.shown = shown;
  }
}
