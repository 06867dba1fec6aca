/** Holds what came over the live line against the types in `protocol.ts`, field by field. */

import { added, list, nullable, object, text, time, variants, whole, word } from "./checks";
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
  Source,
  TeamCard,
  Trouble,
} from "./protocol";

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

const source = word<Source>({
  call: true,
  text: true,
  webhook: true,
  walk_in: true,
  hospital: true,
  possible_client: true,
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
  source,
  told_by: added(source),
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
