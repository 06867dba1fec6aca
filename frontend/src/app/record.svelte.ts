/** The full record of one crisis, fetched again whenever it may have changed. */

import * as api from "../lib/api";
import type { CrisisDocument } from "../lib/protocol";
import { refused } from "./attempt.svelte";

export class CrisisRecord {
  document = $state.raw<CrisisDocument | null>(null);
  /** Why the last fetch failed; what was fetched before stays. */
  error = $state<string | null>(null);
  /** True when there is no such crisis for us: asking again would not help. */
  missing = $state(false);
  #questions = 0;

  constructor(readonly ref: string) {}

  /** Fetch it; an answer that a later question has overtaken is dropped. */
  async load(): Promise<void> {
    const question = ++this.#questions;
    try {
      const answer = await api.crisis(this.ref);
      if (question !== this.#questions) return;
      this.document = answer;
      this.error = null;
      this.missing = false;
    } catch (error) {
      if (question !== this.#questions) return;
      this.error = refused(error);
      this.missing = error instanceof api.Refusal && error.status === 404;
    }
  }
}
