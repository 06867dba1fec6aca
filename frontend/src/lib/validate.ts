/**
 * Holds what came over the wire against the types in `protocol.ts`, field by field.
 *
 * Each check is tied to its type: a field added to an interface and forgotten here does not compile.
 * A check returns only the fields it knows, so a newer service may send more.
 */

import type {
  Alarm,
  Board,
  CallingBack,
  Change,
  CrisisCard,
  Law,
  OnCall,
  Person,
  Reaching,
  ServerMessage,
  TeamCard,
  Trouble,
} from "./protocol";

export type Check<T> = (value: unknown, path: string) => T;

/** The message differs from the protocol; `message` names the field and what it should have been. */
export class ProtocolError extends Error {}

function refuse(path: string, expected: string, value: unknown): never {
  throw new ProtocolError(`${path}: expected ${expected}, got ${JSON.stringify(value)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const text: Check<string> = (value, path) =>
  typeof value === "string" ? value : refuse(path, "a text", value);

const whole: Check<number> = (value, path) =>
  Number.isInteger(value) ? (value as number) : refuse(path, "a whole number", value);

const ISO_WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const time: Check<string> = (value, path) =>
  typeof value === "string" && ISO_WITH_OFFSET.test(value)
    ? value
    : refuse(path, "a time with offset", value);

function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

/** As `nullable`, for a field that a service of the version before does not send yet. */
function added<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === undefined ? null : nullable(check)(value, path));
}

function list<T>(check: Check<T>): Check<T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((item, index) => check(item, `${path}[${index}]`))
      : refuse(path, "a list", value);
}

/** One of a union of words; the record must name every word of the union. */
function word<T extends string>(words: Record<T, true>): Check<T> {
  return (value, path) =>
    typeof value === "string" && Object.hasOwn(words, value)
      ? (value as T)
      : refuse(path, `one of ${Object.keys(words).join(", ")}`, value);
}

function object<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (value, path) => {
    if (!isRecord(value)) return refuse(path, "an object", value);
    const known = Object.entries<Check<unknown>>(fields);
    return Object.fromEntries(
      known.map(([name, check]) => [name, check(value[name], `${path}.${name}`)]),
    ) as T;
  };
}

/** A union told apart by the word in the field `tag`; the record must name every variant. */
function variants<Tag extends string, T extends Record<Tag, string>>(
  tag: Tag,
  checks: { [K in T[Tag]]: Check<Extract<T, Record<Tag, K>>> },
): Check<T> {
  return (value, path) => {
    if (!isRecord(value)) return refuse(path, "an object", value);
    const name = value[tag];
    if (typeof name !== "string" || !Object.hasOwn(checks, name)) {
      return refuse(`${path}.${tag}`, `one of ${Object.keys(checks).join(", ")}`, name);
    }
    return checks[name as T[Tag]](value, path);
  };
}

const person = object<Person>({ id: text, name: text });

const onCall = object<OnCall>({
  tier: text,
  staff: nullable(person),
  until: nullable(time),
  next: nullable(object<NonNullable<OnCall["next"]>>({ staff: person, from: time })),
});

const team = object<TeamCard>({
  id: text,
  name: text,
  timezone: text,
  on_call: list(onCall),
  last_resort: list(text),
  calls_today: whole,
  alarms: list(object<Alarm>({ kind: text, text, since: time })),
});

const crisis = object<CrisisCard>({
  ref: text,
  team: text,
  state: word({
    ringing: true,
    paging: true,
    callback_needed: true,
    last_resort: true,
    talking: true,
    accepted: true,
    closed: true,
  }),
  source: word({
    call: true,
    text: true,
    webhook: true,
    walk_in: true,
    hospital: true,
    possible_client: true,
  }),
  opened_at: time,
  owner: nullable(person),
  handing_to: nullable(person),
  reaching: nullable(
    object<Reaching>({
      staff: nullable(person),
      tier: text,
      since: time,
      how: word({ call: true, page: true, last_resort: true }),
    }),
  ),
  since: time,
  due_at: nullable(time),
  round: whole,
  alarm: nullable(text),
  calling: added(
    object<CallingBack>({
      staff: person,
      stage: word({ owner: true, client: true, talking: true }),
      since: time,
    }),
  ),
});

const board = object<Board>({ teams: list(team), crises: list(crisis) });

type Variant<K extends Change["kind"]> = Extract<Change, { kind: K }>;
type Message<K extends ServerMessage["type"]> = Extract<ServerMessage, { type: K }>;

const change = variants<"kind", Change>("kind", {
  crisis: object<Variant<"crisis">>({ kind: word({ crisis: true }), crisis }),
  crisis_closed: object<Variant<"crisis_closed">>({
    kind: word({ crisis_closed: true }),
    ref: text,
    team: text,
  }),
  team: object<Variant<"team">>({ kind: word({ team: true }), team }),
  admissions: object<Variant<"admissions">>({
    kind: word({ admissions: true }),
    team: text,
  }),
  nothing: object<Variant<"nothing">>({ kind: word({ nothing: true }) }),
  reload: object<Variant<"reload">>({ kind: word({ reload: true }) }),
});

const serverMessage = variants<"type", ServerMessage>("type", {
  snapshot: object<Message<"snapshot">>({
    type: word({ snapshot: true }),
    number: whole,
    at: time,
    board,
  }),
  change: object<Message<"change">>({
    type: word({ change: true }),
    number: whole,
    at: time,
    change,
  }),
  heartbeat: object<Message<"heartbeat">>({
    type: word({ heartbeat: true }),
    number: whole,
    at: time,
  }),
  trouble: object<Message<"trouble">>({
    type: word({ trouble: true }),
    at: time,
    troubles: list(object<Trouble>({ about: text, text, since: time })),
  }),
});

/** The message, if it is one we know; otherwise a `ProtocolError` that says what is wrong with it. */
export function checkMessage(value: unknown): ServerMessage {
  return serverMessage(value, "message");
}

/** The stored replay law; a `ProtocolError` if it doesn't have the agreed shape. */
export function checkLaw(value: unknown): Law {
  return object<Law>({ before: board, changes: list(change), after: board })(value, "law");
}
