/** The addresses of the app's pages; the service answers each of them with the same document. */

/** What each team has a page for. */
export const TEAM_PAGES = ["schedule", "plan", "fairness", "fidelity"] as const;
export type TeamPage = (typeof TEAM_PAGES)[number];

/** The pages about hospitals. */
export const HOSPITAL_PAGES = {
  admissions: "/admissions",
  matching: "/matching",
  inbox: "/inbox",
  hospitals: "/hospitals",
  phone_notice: "/hospitals/phone-notice",
} as const;
export type HospitalPage = keyof typeof HOSPITAL_PAGES;

export type Route =
  | { page: "board" }
  | { page: "login" }
  | { page: "crisis"; ref: string }
  | { page: TeamPage; team: string }
  | { page: "shifts" }
  | { page: HospitalPage }
  | { page: "episode"; key: string }
  | { page: "unknown" };

/** The page at a path. */
export function parsePath(path: string): Route {
  const plain = path.replace(/(.)\/$/, "$1");
  if (plain === "/") return { page: "board" };
  if (plain === "/login") return { page: "login" };
  if (plain === MY_SHIFTS) return { page: "shifts" };
  const about = Object.keys(HOSPITAL_PAGES).find(
    (page) => HOSPITAL_PAGES[page as HospitalPage] === plain,
  );
  if (about) return { page: about as HospitalPage };
  const key = /^\/episodes\/([\w-]+)$/.exec(plain)?.[1];
  if (key) return { page: "episode", key };
  const ref = /^\/crises\/([\w-]+)$/.exec(plain)?.[1];
  if (ref) return { page: "crisis", ref };
  const [, team, name] = /^\/teams\/([\w-]+)\/(\w+)$/.exec(plain) ?? [];
  const page = TEAM_PAGES.find((known) => known === name);
  return team && page ? { page, team } : { page: "unknown" };
}

/** The page of one's own shifts. */
export const MY_SHIFTS = "/me/shifts";

/** The address of a crisis page: the opaque reference and nothing else. */
export function crisisPath(ref: string): string {
  return `/crises/${encodeURIComponent(ref)}`;
}

/** The address of an episode's page: its opaque key and nothing else. */
export function episodePath(key: string): string {
  return `/episodes/${encodeURIComponent(key)}`;
}

/** The address of one of a team's pages. */
export function teamPath(team: string, page: TeamPage): string {
  return `/teams/${encodeURIComponent(team)}/${page}`;
}
