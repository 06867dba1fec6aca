/** Keeps a panel within the window, from wherever it begins down to the window's edge. */

import type { Attachment } from "svelte/attachments";

const MARGIN_PX = 12;
/** In a window lower than this, reading it all needs the page's own scrolling. */
const LEAST_PX = 240;

/** As high as there is room below its top, which moves up while the page is scrolled. */
export const within: Attachment<HTMLElement> = (panel) => {
  const fit = () => {
    const room = window.innerHeight - panel.getBoundingClientRect().top - MARGIN_PX;
    panel.style.maxHeight = `${Math.max(room, LEAST_PX)}px`;
  };
  const growing = new ResizeObserver(fit);
  growing.observe(document.body);
  window.addEventListener("scroll", fit, { passive: true });
  window.addEventListener("resize", fit);
  fit();
  return () => {
    growing.disconnect();
    window.removeEventListener("scroll", fit);
    window.removeEventListener("resize", fit);
    panel.style.maxHeight = "";
  };
};
