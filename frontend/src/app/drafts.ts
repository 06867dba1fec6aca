/**
 * Half-written notes, in this tab's memory only. They outlast the page and the session, so that
 * nothing typed is lost, but only their writer ever sees them again.
 */

import { SvelteMap } from "svelte/reactivity";

const texts = new SvelteMap<string, string>();

/** What one person is writing about one crisis. */
export class Draft {
  readonly #key: string;

  constructor(writer: string, ref: string) {
    this.#key = JSON.stringify([writer, ref]);
  }

  get text(): string {
    return texts.get(this.#key) ?? "";
  }

  set text(text: string) {
    texts.set(this.#key, text);
  }
}
