/** What a hospital's worker may tell, in the words of the form. */

export type Happening =
  | "in_ed"
  | "decision_pending"
  | "admitted"
  | "transferred"
  | "discharge_planned"
  | "discharged"
  | "left_against_advice"
  | "correction";

interface Words {
  label: string;
  /** What the time means that is asked for. */
  when: string;
}

/** In the order in which they happen. */
export const HAPPENINGS: Record<Happening, Words> = {
  in_ed: { label: "In the emergency department now", when: "When did they come?" },
  decision_pending: {
    label: "A decision about admission is pending",
    when: "When did they come?",
  },
  admitted: { label: "Admitted", when: "When were they admitted?" },
  transferred: { label: "Transferred", when: "When were they transferred?" },
  discharge_planned: { label: "A discharge is planned", when: "When was it planned?" },
  discharged: { label: "Discharged", when: "When were they discharged?" },
  left_against_advice: { label: "Left against medical advice", when: "When did they leave?" },
  correction: {
    label: "A correction of what we told before",
    when: "When did it really happen?",
  },
};

export const HAPPENING_ORDER = Object.keys(HAPPENINGS) as Happening[];
