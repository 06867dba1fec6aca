/** My shifts and what is asked around them, fetched again whenever they may have changed. */

import * as api from "../../lib/duty/api";
import type { MyShifts } from "../../lib/duty/protocol";
import { withApprovals } from "../../lib/duty/words";
import { openRequests } from "../../lib/schedule/api";
import type { Request } from "../../lib/schedule/protocol";
import { refused } from "../attempt.svelte";

/** How far ahead shifts are shown. */
export const DAYS_AHEAD = 90;
const DAY_MS = 24 * 3600 * 1000;

export class Duty {
  mine = $state.raw<MyShifts | null>(null);
  requests = $state.raw<Request[]>([]);
  /** Why the last fetch failed; what was fetched before stays. */
  error = $state<string | null>(null);
  #questions = 0;

  /** `leads` are the teams whose swaps may wait for the reader's yes. */
  constructor(readonly leads: readonly string[]) {}

  /** Fetch all of it as of `now` (ms); an answer that a later question has overtaken is dropped. */
  async load(now: number): Promise<void> {
    const question = ++this.#questions;
    try {
      const [mine, requests, ...ofTeams] = await Promise.all([
        api.myShifts({ start: now, end: now + DAYS_AHEAD * DAY_MS }),
        api.myRequests(),
        ...this.leads.map(openRequests),
      ]);
      if (question !== this.#questions) return;
      this.mine = mine;
      this.requests = withApprovals(requests, ofTeams.flat());
      this.error = null;
    } catch (error) {
      if (question !== this.#questions) return;
      this.error = refused(error);
    }
  }
}
