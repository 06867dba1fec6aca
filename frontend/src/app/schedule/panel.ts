/** What the panel beside the schedule can show. */

import {
  overrideBack,
  temporaryBack,
  type Change,
  type OverrideDraft,
} from "../../lib/schedule/changes";
import { MINUTE } from "../../lib/schedule/days";
import { span, type Piece, type ShiftPiece } from "../../lib/schedule/lanes";
import type {
  Member,
  Override,
  OverrideKind,
  TemporarySchedule,
} from "../../lib/schedule/protocol";
import { overrideWords, stretch } from "../../lib/schedule/words";
import type { Person } from "../../lib/protocol";
import type { Editing } from "./edit";

/** Something to take back, in words, and how. */
export interface Undoing {
  name: "undo";
  title: string;
  what: string;
  change: Change;
}

export type PanelState =
  | { name: "piece"; tier: string; at: number }
  | { name: "override"; draft: OverrideDraft; holder: Person | null }
  | Undoing
  | { name: "cover" | "swap"; piece: ShiftPiece }
  | { name: "rotations" | "temporary" | "members" | "accepted" | "calendars" | "journal" }
  | { name: "member"; member: Member };

/** The heading of a panel; `piece` is the one that it is about, if it is about one. */
export function titleOf(panel: PanelState, piece: Piece | null): string {
  switch (panel.name) {
    case "piece":
      return piece?.kind === "gap" ? "Gap" : "Shift";
    case "override":
      return { add: "Add somebody", remove: "Take somebody off", replace: "Somebody else" }[
        panel.draft.kind
      ];
    case "undo":
      return panel.title;
    case "cover":
      return "Ask for cover";
    case "swap":
      return "Ask to swap";
    case "rotations":
      return "Rotations";
    case "temporary":
      return "Temporary schedules";
    case "members":
      return "Members";
    case "member":
      return panel.member.name;
    case "journal":
      return "Journal";
    case "accepted":
      return "Accepted gaps";
    case "calendars":
      return "Calendars";
  }
}

/** A form for an override of what is left of a shift or a gap. */
export function overrideOf(piece: Piece, kind: OverrideKind, now: number): PanelState {
  const holder = piece.kind === "shift" ? piece.shift.staff : null;
  return {
    name: "override",
    holder,
    draft: {
      tier: piece.tier,
      start: new Date(Math.max(piece.start, now + MINUTE)).toISOString(),
      end: piece.endless ? "" : new Date(piece.end).toISOString(),
      kind,
      staff: kind === "remove" ? (holder?.id ?? "") : "",
      instead: "",
      reason: "",
    },
  };
}

/** What an override was put in place of stands again. */
export function withoutOverride(override: Override, { team, zone, now }: Editing): Undoing {
  return {
    name: "undo",
    title: "Back to the rotation",
    what: `${overrideWords(override)}, ${stretch(span(override), zone, now)}`,
    change: overrideBack(team, override.id),
  };
}

/** The rotations stand again below a temporary schedule. */
export function withoutTemporary(schedule: TemporarySchedule, { team }: Editing): Undoing {
  return {
    name: "undo",
    title: "Take a temporary schedule back",
    what: schedule.name,
    change: temporaryBack(team, schedule.id),
  };
}
