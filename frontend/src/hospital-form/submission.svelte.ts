/**
 * One notice while it is filled in and sent. It lives in this page's memory only: nothing of it is
 * kept in the browser. Sent again unchanged, it bears the same name, and is no second notice.
 */

import { Refusal, request } from "../lib/api";
import {
  emptyNotice,
  faultsOf,
  nextNotice,
  noticeBody,
  serverFaults,
  type Faults,
  type NoticeFields,
} from "../lib/hospitals/form";
import type { Day } from "../lib/schedule/days";

/** What the service says once it is kept; the same words whoever it is about. */
export interface Receipt {
  reference: string;
  says: string;
}

const LOST =
  "No answer came. Nothing that you typed is lost: send it again, it will not count twice. " +
  "If it fails again, call the team.";

export class Submission {
  fields: NoticeFields;
  faults = $state.raw<Faults>({});
  sending = $state(false);
  /** Why it could not be sent, where it is no single field's fault. */
  problem = $state<string | null>(null);
  receipt = $state.raw<Receipt | null>(null);
  #sent = { text: "", name: "" };

  /** `unit` stands in it already; `refused` hears why the service would not have it. */
  constructor(
    unit = "",
    private readonly refused: (refusal: Refusal) => unknown = () => undefined,
  ) {
    this.fields = $state(emptyNotice(unit));
  }

  /** Send it to `url`, unless something is wrong with it on `today`; true once it is kept. */
  async send(url: string, today: Day): Promise<boolean> {
    if (this.sending) return false;
    this.problem = null;
    this.faults = faultsOf(this.fields, today);
    if (Object.keys(this.faults).length) return false;
    const body = noticeBody(this.fields);
    this.sending = true;
    try {
      this.receipt = await request<Receipt>("POST", url, body, {
        "Idempotency-Key": this.#name(`${url} ${JSON.stringify(body)}`),
      });
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#explain(error);
      return false;
    } finally {
      this.sending = false;
    }
  }

  /** Begin another one; who tells it stays. */
  another(): void {
    Object.assign(this.fields, nextNotice(this.fields));
    this.receipt = null;
    this.problem = null;
    this.faults = {};
    this.#sent = { text: "", name: "" };
  }

  #explain(refusal: Refusal): void {
    this.refused(refusal);
    if (refusal.status === 422) this.faults = serverFaults(refusal.message);
    else this.problem = refusal.status === 0 ? LOST : refusal.message;
  }

  #name(text: string): string {
    if (this.#sent.text !== text) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      const name = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      this.#sent = { text, name };
    }
    return this.#sent.name;
  }
}
