/** How somebody wants to be paged: a text at once, and the phone when the text does not do. */

import type { MyPaging, Nights, PagingRule, RingAfter } from "./protocol";

/** The service takes no longer wait: the ladder has climbed on by then. */
export const LONGEST_WAIT_SECONDS = 600;
/** What is offered where nothing has been chosen yet. */
const NIGHT: Nights = { from: "22:00", to: "07:00", ring_after: 0 };

/** When the phone rings: together with the text, some seconds later, or if no text arrives. */
export interface RingForm {
  when: "now" | "after" | "never";
  /** Null while the field is empty. */
  seconds: number | null;
}

/** A rule as it is being written; `nights` tells whether the night has one of its own. */
export interface PagingForm {
  day: RingForm;
  nights: boolean;
  from: string;
  to: string;
  night: RingForm;
}

/** The form that shows how somebody is paged now. */
export function pagingForm({ rule, usual }: MyPaging): PagingForm {
  const shown = rule ?? usual;
  const later = usual.ring_after ?? LONGEST_WAIT_SECONDS;
  const nights = shown.nights ?? NIGHT;
  return {
    day: ringForm(shown.ring_after, later),
    nights: Boolean(shown.nights),
    from: nights.from,
    to: nights.to,
    night: ringForm(nights.ring_after, later),
  };
}

function ringForm(after: RingAfter, later: number): RingForm {
  if (after === null) return { when: "never", seconds: later };
  return after === 0 ? { when: "now", seconds: later } : { when: "after", seconds: after };
}

/** What is still wrong with it, as a sentence; null when nothing is. */
export function pagingFault(form: PagingForm): string | null {
  if (waitIsWrong(form.day) || (form.nights && waitIsWrong(form.night))) {
    return `Give whole seconds, from 1 to ${LONGEST_WAIT_SECONDS}.`;
  }
  if (!form.nights) return null;
  if (!form.from || !form.to) return "Say from when until when it is night.";
  return form.from === form.to ? "The night must end at another time than it begins." : null;
}

function waitIsWrong({ when, seconds }: RingForm): boolean {
  if (when !== "after") return false;
  return (
    !Number.isInteger(seconds) || Number(seconds) < 1 || Number(seconds) > LONGEST_WAIT_SECONDS
  );
}

/** The rule that a form without a fault means. */
export function pagingRule({ day, nights, from, to, night }: PagingForm): PagingRule {
  const rule = { ring_after: ringAfter(day) };
  return nights ? { ...rule, nights: { from, to, ring_after: ringAfter(night) } } : rule;
}

function ringAfter({ when, seconds }: RingForm): RingAfter {
  if (when === "never") return null;
  return when === "now" ? 0 : seconds;
}

/** How one is paged, a sentence for the day and one for the night. */
export function pagingWords({ ring_after: after, nights }: PagingRule): string[] {
  const day = `My phone rings ${ringWords(after)}.`;
  if (!nights) return [day];
  return [
    day,
    `At night, from ${nights.from} to ${nights.to}, it rings ${ringWords(nights.ring_after)}.`,
  ];
}

function ringWords(after: RingAfter): string {
  if (after === null) return "only if the text does not arrive";
  if (after === 0) return "at once, together with the text";
  return `${after} ${after === 1 ? "second" : "seconds"} later if I have not answered`;
}
