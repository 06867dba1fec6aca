/** The service's fairness report, and where it can be had as a file. */

import { request } from "../api";
import { teamUrl } from "../schedule/changes";
import type { Period } from "./period";
import type { Report } from "./protocol";

function address(team: string, { first, last }: Period, more: Record<string, string> = {}): string {
  return `${teamUrl(team, "fairness")}?${new URLSearchParams({ from: first, to: last, ...more })}`;
}

/** Who has carried what, and will, from the first to the last day of a period. */
export function report(team: string, period: Period): Promise<Report> {
  return request("GET", address(team, period));
}

/** The address of the same as a file for spreadsheets. */
export function csvAddress(team: string, period: Period): string {
  return address(team, period, { format: "csv" });
}
