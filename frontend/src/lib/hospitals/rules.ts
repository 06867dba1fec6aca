/** How a hospital is understood, as a person types it: one line each, codes between commas. */

import type { Hl7Rules, Hospital } from "./protocol";

export interface RulesForm {
  timezone: string;
  known_as: string;
  psychiatric: boolean;
  psychiatric_units: string;
  classes: string;
  legal_status_at: string;
  involuntary: string;
  voluntary: string;
  processing: string;
  refuse_with: string;
  certificates: string;
}

const NO_WORD = "none";

/** What stands in the form at first. */
export function rulesForm(hospital: Hospital): RulesForm {
  const rules: Partial<Hl7Rules> = hospital.rules ?? {};
  const lines = (many: readonly string[] | null | undefined) => (many ?? []).join("\n");
  const codes = (many: readonly string[] | null | undefined) => (many ?? []).join(", ");
  return {
    timezone: hospital.timezone,
    known_as: lines(hospital.known_as),
    psychiatric: hospital.psychiatric,
    psychiatric_units: lines(hospital.psychiatric_units),
    classes: Object.entries(rules.classes ?? {})
      .map(([code, setting]) => `${code} = ${setting ?? NO_WORD}`)
      .join("\n"),
    legal_status_at: rules.legal_status_at ?? "",
    involuntary: codes(rules.involuntary),
    voluntary: codes(rules.voluntary),
    processing: codes(rules.processing),
    refuse_with: rules.refuse_with ?? "",
    certificates: lines(rules.certificates),
  };
}

/** What is sent; what is left empty is understood as usual. */
export function rulesBody(form: RulesForm): object {
  const classes = inLines(form.classes).map((line) => {
    const [code, ...rest] = line.split("=");
    return [(code ?? "").trim(), rest.join("=").trim() || NO_WORD];
  });
  const filled = {
    classes: classes.length ? Object.fromEntries(classes) : null,
    legal_status_at: form.legal_status_at.trim() || null,
    involuntary: orNull(inCodes(form.involuntary)),
    voluntary: orNull(inCodes(form.voluntary)),
    processing: orNull(inCodes(form.processing)),
    refuse_with: form.refuse_with || null,
    certificates: orNull(inLines(form.certificates)),
  };
  return {
    timezone: form.timezone.trim(),
    known_as: inLines(form.known_as),
    psychiatric: form.psychiatric,
    psychiatric_units: inLines(form.psychiatric_units),
    ...Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== null)),
  };
}

function inLines(text: string): string[] {
  return parts(text, "\n");
}

function inCodes(text: string): string[] {
  return parts(text, /[,\n]/);
}

function parts(text: string, between: string | RegExp): string[] {
  return text
    .split(between)
    .map((one) => one.trim())
    .filter(Boolean);
}

function orNull(many: string[]): string[] | null {
  return many.length ? many : null;
}
