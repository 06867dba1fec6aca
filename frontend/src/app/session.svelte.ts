/** Who is logged in, shared by all pages, and what happens when a session ends by itself. */

import * as api from "../lib/api";
import type { User } from "../lib/protocol";

type Standing = "asking" | "unreachable" | "signed_in" | "expired" | "signed_out";

/** How the tabs of one browser tell each other that the session is over. */
const CHANNEL = "vigil-session";
const LOGGED_OUT = "logged out";

export class SessionState {
  /** Stays known while expired, so that the same person finds their page as it was. */
  user = $state.raw<User | null>(null);
  standing = $state<Standing>("asking");

  readonly #tabs = new BroadcastChannel(CHANNEL);

  /** Call `left` when somebody has logged out in another tab of this browser. */
  follow(left: () => void): () => void {
    this.#tabs.onmessage = ({ data }) => {
      if (data !== LOGGED_OUT) return;
      this.#forget();
      left();
    };
    return () => (this.#tabs.onmessage = null);
  }

  /** Ask the service whether this browser has a session. */
  async load(): Promise<void> {
    try {
      const answer = await api.session();
      this.user = answer?.user ?? null;
      this.standing = answer ? "signed_in" : "signed_out";
    } catch {
      this.standing = "unreachable";
    }
  }

  /** Begin a session; throws a `Refusal` to be shown beside the form. */
  async logIn(email: string, password: string): Promise<void> {
    const { user } = await api.logIn(email, password);
    this.user = user;
    this.standing = "signed_in";
  }

  /** End the session, in all tabs, and forget the page. Throws a `Refusal` if it goes on. */
  async logOut(): Promise<void> {
    await api.logOut();
    this.#tabs.postMessage(LOGGED_OUT);
    this.#forget();
  }

  /** The service has ended the session: ask for a new login, keep what was typed. */
  lost(): void {
    if (this.standing === "signed_in") this.standing = "expired";
  }

  #forget(): void {
    this.user = null;
    this.standing = "signed_out";
  }
}

export const session = new SessionState();
