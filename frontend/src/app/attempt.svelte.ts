/** One thing a person tries to do: whether it is under way, and the sentence if it failed. */

import { Refusal } from "../lib/api";
import { session } from "./session.svelte";

export class Attempt {
  busy = $state(false);
  error = $state<string | null>(null);
  /** True when it failed because there is no such thing for us: trying again would not help. */
  missing = $state(false);

  /** Do it, unless it is being done already. True if it worked; otherwise `error` says why. */
  async run(action: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    this.missing = false;
    try {
      await action();
      return true;
    } catch (error) {
      this.error = refused(error);
      this.missing = isMissing(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** The sentence of a refusal; a session that ended brings the login. Other errors are thrown on. */
export function refused(error: unknown): string {
  if (!(error instanceof Refusal)) throw error;
  if (error.status === 401) session.lost();
  return error.message;
}

/** Whether the service knows of no such thing, or of none that we may see. */
export function isMissing(error: unknown): boolean {
  return error instanceof Refusal && error.status === 404;
}
