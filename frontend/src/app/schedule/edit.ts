/** What every form beside the schedule needs of the page. */

import type { Candidate, Coverage, OpenedGap, Rota } from "../../lib/schedule/protocol";
import type { Proposal } from "./proposal.svelte";

export interface Editing {
  team: string;
  rota: Rota;
  /** Coverage from now to the horizon; null until it is known. */
  ahead: Coverage | null;
  zone: string;
  /** To the minute. */
  now: number;
  /** The change that the form puts together; the page draws what it would do. */
  proposal: Proposal;
  /** What would change, in sentences. */
  differences: readonly string[];
  /** Write at once that somebody stands in a gap which the change would open. */
  standIn: (gap: OpenedGap, candidate: Candidate) => Promise<void>;
  /** It is saved: say so, show the schedule, put the keyboard back to where it was. */
  saved: (said: string) => Promise<void>;
  /** What the reader has written about something and not saved yet; `fresh` if nothing. */
  kept: <T extends object>(about: string, fresh: () => T) => T;
  /** Done with it: the next time it is fresh. */
  forget: (about: string) => void;
}

/** What the forms that ask colleagues need: they change nothing themselves. */
export type Asking = Pick<Editing, "team" | "rota" | "zone" | "now" | "saved" | "kept" | "forget">;
