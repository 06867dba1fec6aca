/** Which page is shown: the browser's address, followed without loading the app again. */

import { tick } from "svelte";
import { parsePath } from "../lib/paths";

class Navigation {
  #path = $state(location.pathname);

  get route() {
    return parsePath(this.#path);
  }

  /** Show the page at `path` and put the keyboard at its heading. */
  async go(path: string, how: "push" | "replace" = "push"): Promise<void> {
    if (how === "push") history.pushState(null, "", path);
    else history.replaceState(null, "", path);
    this.follow();
    await tick();
    window.scrollTo(0, 0);
    document.querySelector<HTMLElement>("main h1")?.focus();
  }

  /** The address changed: the reader went back or forward. */
  follow(): void {
    this.#path = location.pathname;
  }

  /** Follow a plain click on a link of this app; leave new tabs, files and other sites to the browser. */
  click(event: MouseEvent): void {
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey);
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!plain || event.altKey || !link || link.target || link.download) return;
    if (link.origin !== location.origin) return;
    event.preventDefault();
    void this.go(link.pathname);
  }
}

export const navigation = new Navigation();
