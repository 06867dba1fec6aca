/** States, sources and tiers in the plain words of the field, for people who read them at 02:00. */

import { nextStepAt } from "./board";
import type {
  Board,
  CallingBack,
  CrisisCard,
  CrisisDocument,
  CrisisState,
  Reaching,
  Role,
  RunningCall,
  Source,
  TeamCard,
  ThirdParty,
  Time,
} from "./protocol";
import { duration, instant } from "./time";

/** A deadline this little past is only on its way here. */
const LATE_MS = 5000;

/** A sentence, and the moment from which a running timer after it counts (null: no timer). */
export interface Phrase {
  text: string;
  since: Time | null;
}

/** What is happening to a crisis now. `lastResort` is the team's list of numbers, 988 first. */
export function statusPhrase(crisis: CrisisCard, lastResort: readonly string[]): Phrase {
  const owner = crisis.owner?.name ?? "somebody";
  const asked = crisis.handing_to;
  const asks = asked ? `, who asked ${asked.name} to take it over` : "";
  switch (crisis.state) {
    case "ringing":
      return attempt("Ringing", crisis, "Caller on the line for");
    case "paging":
      return attempt("Paging", crisis, "Waiting to page again for");
    case "callback_needed":
      return { text: "Callback needed: nobody has it,", since: crisis.since };
    case "last_resort":
      return {
        text: `Handed to ${lastResort[0] ?? "the last resort"}: nobody in the team has it,`,
        since: crisis.since,
      };
    case "talking": {
      // Taken over in the middle of the talk: the caller is still with whoever picked up.
      const talker = crisis.reaching?.staff?.name ?? owner;
      const owned = talker === owner ? `${asks}${asks && ","}` : ` (now owned by ${owner}${asks})`;
      return { text: `Talking with ${talker}${owned} for`, since: crisis.since };
    }
    case "accepted":
      // No timer after the question: it would read as if it were the question's age.
      if (asks) return { text: `Accepted by ${owner}${asks}`, since: null };
      return { text: `Accepted by ${owner},`, since: crisis.since };
    case "closed":
      return { text: "Closed", since: null };
  }
}

/** Whom the pages reach meanwhile, while nobody in the team has it; or who calls back; or null. */
export function reachingPhrase(crisis: CrisisCard): Phrase | null {
  const { state, reaching, calling } = crisis;
  if (calling) return callingPhrase(calling, openedBy(crisis));
  const waits = state === "callback_needed" || state === "last_resort";
  if (!waits || !reaching?.staff) return null;
  return { text: `${verb(reaching)} ${whom(reaching)} for`, since: reaching.since };
}

/** How a crisis came in. Pages of an older version are told of hospitals in a field of their own. */
export function openedBy({ source, told_by }: CrisisCard): Source {
  return told_by ?? source;
}

/** Whether a hospital told it: then it is the hospital that is called back. */
export function isHospitals(source: Source): boolean {
  return source === "hospital" || source === "possible_client";
}

function callingPhrase({ staff, stage, since }: CallingBack, source: Source): Phrase {
  switch (stage) {
    case "owner":
      return { text: `Calling back: ringing ${staff.name} for`, since };
    case "client":
      return {
        text: `Calling back: ringing the ${isHospitals(source) ? "hospital" : "client"} for`,
        since,
      };
    case "talking":
      return { text: `Called back: ${staff.name} talks for`, since };
  }
}

/** `alone` is what to say while nobody in particular is being tried. */
function attempt(what: string, crisis: CrisisCard, alone: string): Phrase {
  const { reaching, owner } = crisis;
  if (reaching === null) return { text: alone, since: crisis.since };
  // Accepted by message while the caller still hears it ring: that person is dialled next.
  const taken = owner ? `Accepted by ${owner.name}: ` : "";
  const verb = owner ? what.toLowerCase() : what;
  return { text: `${taken}${verb} ${whom(reaching)} for`, since: reaching.since };
}

function verb(reaching: Reaching): string {
  switch (reaching.how) {
    case "call":
      return "Ringing";
    case "page":
      return "Paging";
    case "last_resort":
      return "Handing to";
  }
}

function whom(reaching: Reaching): string {
  const tier = plain(reaching.tier);
  return reaching.staff ? `${reaching.staff.name} (${tier})` : tier;
}

/** What is waited for, and how long it still has or is late. */
export interface Deadline {
  label: "Hand-off" | "Ladder";
  text: string;
  late: boolean;
}

/** What happens next by itself, seen from `now` (ms); null while nothing is waited for. */
export function deadline(crisis: CrisisCard, now: number): Deadline | null {
  const dueAt = nextStepAt(crisis);
  if (dueAt === null) return null;
  const left = instant(dueAt) - now;
  const late = left < -LATE_MS;
  const length = duration(late ? -left : left);
  if (crisis.handing_to) {
    return { label: "Hand-off", text: late ? `late by ${length}` : `${length} left`, late };
  }
  return { label: "Ladder", text: `next step ${late ? "late by" : "in"} ${length}`, late };
}

/** The short name of a state, as a heading or a badge. */
export function stateName(state: CrisisState): string {
  switch (state) {
    case "ringing":
      return "Ringing";
    case "paging":
      return "Paging";
    case "callback_needed":
      return "Callback needed";
    case "last_resort":
      return "Last resort";
    case "talking":
      return "Talking";
    case "accepted":
      return "Accepted";
    case "closed":
      return "Closed";
  }
}

/** How the crisis reached us. */
export function sourceName(source: Source): string {
  switch (source) {
    case "call":
      return "Call";
    case "text":
      return "Text message";
    case "webhook":
      return "Crisis line";
    case "walk_in":
      return "Walk-in";
    case "hospital":
      return "Hospital notice";
    case "possible_client":
      return "Hospital: possible client";
  }
}

/** A role as people say it. */
export function roleName(role: Role): string {
  switch (role) {
    case "admin":
      return "Administrator";
    case "lead":
      return "Team lead";
    case "clinician":
      return "Clinician";
    case "viewer":
      return "Viewer";
  }
}

/** A word from the program in letters for people: `callback_needed` reads "callback needed". */
export function plain(word: string): string {
  return word.replaceAll("_", " ");
}

/** The same, beginning a line: "Callback needed". */
export function heading(word: string): string {
  const words = plain(word);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const DISCIPLINES: Record<string, string> = {
  psychiatric_np: "psychiatric nurse practitioner",
  qmhp_supervisor: "QMHP supervisor",
  qmhp_clinician: "QMHP clinician",
  peer_support: "peer support specialist",
};

/** A discipline of the agency's file as people say it; what stands for itself stays as it is. */
export function disciplineName(discipline: string): string {
  return DISCIPLINES[discipline] ?? plain(discipline);
}

/** A language code by its English name: `es` reads "Spanish". An unknown code stays as it is. */
export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** A number as people read it: +15035550101 becomes (503) 555-0101; others stay as they are. */
export function phoneNumber(number: string): string {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : number;
}

/** Who has the crisis, for its own page when the board no longer lists it. */
export function ownerSentence(crisis: CrisisDocument): string {
  if (crisis.state === "closed") {
    return crisis.owner ? `Closed. ${crisis.owner.name} had it` : "Closed without an owner";
  }
  return crisis.owner ? `${crisis.owner.name} has it` : "Nobody has it";
}

/** Somebody on a call, and what they do there. */
export interface OnTheLine {
  name: string;
  what: string;
}

/** Who is on the caller's line, the caller first, in sentences that go on after the name. */
export function onTheCall(call: RunningCall): OnTheLine[] {
  const people: OnTheLine[] = [{ name: "The caller", what: "is on the line" }];
  const { worker, third } = call;
  if (worker) people.push({ name: worker.name, what: "is talking" });
  if (third) people.push({ name: thirdName(third), what: presence(third) });
  return people;
}

function thirdName(third: ThirdParty): string {
  switch (third.kind) {
    case "colleague":
      return third.staff?.name ?? "A colleague";
    case "988":
      return "988 crisis line";
    case "interpreter":
      return "Interpreter line";
  }
}

function presence(third: ThirdParty): string {
  switch (third.presence) {
    case "waiting":
      return "is rung in a moment";
    case "called":
      return "is being rung";
    case "joined":
      return "has joined, and has not spoken yet";
    case "spoken":
      return "has spoken";
  }
}

/** Why the worker may not leave yet, or what their leaving means. */
export function leaveHint(call: RunningCall): string {
  const { third } = call;
  if (!third) return "Nobody else is on the line with the caller.";
  const name = thirdName(third);
  if (!call.may_leave) return `Possible once somebody has spoken: ${name} ${presence(third)}.`;
  return third.staff
    ? `${name} has spoken, and takes the crisis over.`
    : `${name} has spoken. The crisis stays with its owner.`;
}

/** What a screen reader should say after the board changed: calm news, and alarms. */
export interface News {
  polite: string[];
  assertive: string[];
}

/** The difference between two boards in sentences; timers never count as news. */
export function news(before: Board, after: Board): News {
  const known = new Map(before.crises.map((crisis) => [crisis.ref, crisis]));
  const polite: string[] = [];
  const assertive = after.teams.flatMap((team) => newAlarms(before, team));
  for (const crisis of after.crises) {
    const old = known.get(crisis.ref);
    const team = after.teams.find(({ id }) => id === crisis.team);
    const status = statusPhrase(crisis, team?.last_resort ?? []).text.replace(/,?( for)?$/, "");
    if (!old) polite.push(`New crisis ${crisis.ref}, ${team?.name ?? crisis.team}. ${status}.`);
    else if (old.state !== crisis.state || old.handing_to?.id !== crisis.handing_to?.id) {
      polite.push(`${crisis.ref}: ${status}.`);
    }
    if (crisis.alarm && crisis.alarm !== old?.alarm) {
      assertive.push(`Alarm, crisis ${crisis.ref}: ${crisis.alarm}`);
    }
  }
  const open = new Set(after.crises.map(({ ref }) => ref));
  for (const ref of known.keys()) if (!open.has(ref)) polite.push(`Crisis ${ref} is closed.`);
  return { polite, assertive };
}

function newAlarms(before: Board, team: TeamCard): string[] {
  const old = before.teams.find(({ id }) => id === team.id)?.alarms ?? [];
  const known = new Set(old.map((alarm) => alarm.text));
  return team.alarms
    .filter((alarm) => !known.has(alarm.text))
    .map((alarm) => `Alarm, ${team.name}: ${alarm.text}`);
}
