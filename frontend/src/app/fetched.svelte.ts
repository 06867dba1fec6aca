/** Something that a page fetches, and fetches again whenever it may have changed. */

import { isMissing, refused } from "./attempt.svelte";

export class Fetched<T> {
  value = $state.raw<T | null>(null);
  /** Why the last fetch failed; what was fetched before stays. */
  error = $state<string | null>(null);
  /** True when there is no such thing for us: asking again would not help. */
  missing = $state(false);
  asking = $state(false);
  #questions = 0;

  constructor(private readonly ask: () => Promise<T>) {}

  /** Fetch it; an answer that a later question has overtaken is dropped. */
  async load(): Promise<void> {
    const question = ++this.#questions;
    this.asking = true;
    try {
      const value = await this.ask();
      if (question !== this.#questions) return;
      this.value = value;
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
