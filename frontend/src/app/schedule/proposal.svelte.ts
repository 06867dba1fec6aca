/** A change that somebody is putting together: what it would do, and whether it could be saved. */

import { Refusal } from "../../lib/api";
import * as api from "../../lib/schedule/api";
import { accepting, type Change } from "../../lib/schedule/changes";
import { span } from "../../lib/schedule/lanes";
import type { Tiers, Verdict } from "../../lib/schedule/protocol";
import { refused } from "../attempt.svelte";

/** Typing goes on for longer than this between two keys only when somebody stops to look. */
const PAUSE_MS = 300;

export class Proposal {
  /** What the change would do; null while it is not complete. */
  verdict = $state.raw<Verdict | null>(null);
  /** Who stands without the change, over the same time as the verdict's schedule. */
  today = $state.raw<Tiers | null>(null);
  /** Why it can't be tried or saved. */
  error = $state<string | null>(null);
  asking = $state(false);
  saving = $state(false);

  #change: Change | null = null;
  #written = "null";
  #questions = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** `team` is the one whose schedule the page draws, if it draws any. */
  constructor(readonly team: string | null = null) {}

  /** Look at a change as soon as its writer pauses; null while it is not complete. */
  consider(change: Change | null): void {
    const written = JSON.stringify(change);
    if (written === this.#written) return;
    this.#written = written;
    this.#change = change;
    this.error = null;
    if (change === null) this.#forget();
    else this.#later();
  }

  /** Look again: the rota has changed meanwhile. */
  again(): void {
    if (this.#change !== null) this.#later();
  }

  /** Nobody is putting anything together any more. */
  drop(): void {
    this.consider(null);
  }

  /**
   * Make the change; with a reason, as a lead who accepts the gaps it opens. True when it is saved;
   * otherwise `error` says why, and `verdict` holds the gaps if it was for them.
   */
  async save(change: Change, reason: string | null): Promise<boolean> {
    if (this.saving) return false;
    clearTimeout(this.#pause);
    this.#questions += 1;
    this.saving = true;
    this.asking = false;
    this.error = null;
    try {
      await api.make(reason === null ? change : accepting(change, reason));
      return true;
    } catch (error) {
      this.error = refused(error);
      const opened = error instanceof Refusal ? api.openedBy(error.answer) : [];
      if (opened.length) this.verdict = { thin: [], ...this.verdict, covered: false, opened };
      return false;
    } finally {
      this.saving = false;
    }
  }

  #forget(): void {
    clearTimeout(this.#pause);
    this.#questions += 1;
    this.asking = false;
    this.verdict = null;
    this.today = null;
  }

  #later(): void {
    clearTimeout(this.#pause);
    this.asking = true;
    this.#pause = setTimeout(() => void this.#ask(), PAUSE_MS);
  }

  async #ask(): Promise<void> {
    const change = this.#change;
    if (change === null) return;
    const question = ++this.#questions;
    try {
      const verdict = await api.preview(change);
      const today = await this.#without(verdict);
      if (question !== this.#questions) return;
      this.verdict = verdict;
      this.today = today;
      this.error = null;
    } catch (error) {
      if (question !== this.#questions) return;
      this.verdict = null;
      this.today = null;
      this.error = refused(error);
    }
    this.asking = false;
  }

  async #without({ from, to, schedule }: Verdict): Promise<Tiers | null> {
    if (this.team === null || !from || !to || !schedule) return null;
    return (await api.schedule(this.team, span({ start: from, end: to }))).tiers;
  }
}
