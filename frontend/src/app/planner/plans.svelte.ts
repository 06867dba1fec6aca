/** The plans of a team as the page holds them; the one that is looked at is followed while it runs. */

import { Refusal } from "../../lib/api";
import * as api from "../../lib/planner/api";
import type { Asked, Plan, PlanCard } from "../../lib/planner/protocol";
import { make, openedBy } from "../../lib/schedule/api";
import type { Change } from "../../lib/schedule/changes";
import type { OpenedGap } from "../../lib/schedule/protocol";
import { isMissing, refused } from "../attempt.svelte";

/** The service writes down its progress about as often. */
const FOLLOW_MS = 1000;

export class Plans {
  list = $state.raw<PlanCard[] | null>(null);
  /** The plan that is looked at. */
  plan = $state.raw<Plan | null>(null);
  /** Why the last fetch failed; what was fetched before stays. */
  error = $state<string | null>(null);
  /** True when there is no such team or plan for us: asking again would not help. */
  missing = $state(false);
  /** Why the draft could not be applied or taken back, and the gaps if it was for them. */
  refusal = $state<string | null>(null);
  opened = $state.raw<OpenedGap[]>([]);
  busy = $state(false);
  #looked: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly team: string) {}

  /** Fetch the list. */
  async load(): Promise<void> {
    await this.#fetch(async () => (this.list = await api.plans(this.team)));
  }

  /** Look at one plan, and follow it for as long as it runs. */
  async look(id: number): Promise<void> {
    clearTimeout(this.#timer);
    this.#looked = id;
    if (this.plan?.id !== id) {
      this.plan = null;
      this.refusal = null;
      this.opened = [];
    }
    await this.#follow(id);
  }

  /** Ask for a rota and look at the search; throws a `Refusal` to be shown beside the form. */
  async ask(asked: Asked): Promise<number> {
    const { id } = await api.ask(this.team, asked);
    await Promise.all([this.load(), this.look(id)]);
    return id;
  }

  /** Put the draft in force. True if it is. */
  apply(): Promise<boolean> {
    return this.#change((id) => api.applying(this.team, id));
  }

  /** Take the draft back. True if the rota is as it was before. */
  undo(): Promise<boolean> {
    return this.#change((id) => api.undoing(this.team, id));
  }

  /** Nobody looks any more. */
  stop(): void {
    this.#looked = null;
    clearTimeout(this.#timer);
  }

  async #follow(id: number): Promise<void> {
    await this.#fetch(async () => {
      const plan = await api.plan(this.team, id);
      if (this.#looked !== id) return;
      const ended = this.plan?.state === "running" && plan.state !== "running";
      this.plan = plan;
      if (ended) void this.load();
    });
    const over = this.plan ? this.plan.state !== "running" : this.missing;
    if (this.#looked !== id || over) return;
    this.#timer = setTimeout(() => void this.#follow(id), FOLLOW_MS);
  }

  async #change(change: (id: number) => Change): Promise<boolean> {
    const { plan } = this;
    if (this.busy || plan === null) return false;
    this.busy = true;
    this.refusal = null;
    this.opened = [];
    try {
      await make(change(plan.id));
    } catch (error) {
      this.refusal = refused(error);
      this.opened = error instanceof Refusal ? openedBy(error.answer) : [];
      return false;
    } finally {
      this.busy = false;
    }
    await Promise.all([this.load(), this.look(plan.id)]);
    return true;
  }

  async #fetch(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
      this.error = null;
      this.missing = false;
    } catch (error) {
      this.error = refused(error);
      this.missing = isMissing(error);
    }
  }
}
