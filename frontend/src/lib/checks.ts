/**
 * What the checks of everything that comes over the wire are made of, field by field.
 *
 * Each check is tied to its type: a field added to an interface and forgotten here does not compile.
 * A check returns only the fields it knows, so a newer service may send more.
 */

export type Check<T> = (value: unknown, path: string) => T;

/** The message differs from the protocol; `message` names the field and what it should have been. */
export class ProtocolError extends Error {
  constructor(
    /** The same without the value, which may be a client's: fit to be shown. */
    readonly wanted: string,
    value: unknown,
  ) {
    super(`${wanted}, got ${JSON.stringify(value)}`);
  }
}

function refuse(path: string, expected: string, value: unknown): never {
  throw new ProtocolError(`${path}: expected ${expected}`, value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Any text. */
export const text: Check<string> = (value, path) =>
  typeof value === "string" ? value : refuse(path, "a text", value);

/** A whole number. */
export const whole: Check<number> = (value, path) =>
  Number.isInteger(value) ? (value as number) : refuse(path, "a whole number", value);

const ISO_WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** An instant, with its offset. */
export const time: Check<string> = (value, path) =>
  typeof value === "string" && ISO_WITH_OFFSET.test(value)
    ? value
    : refuse(path, "a time with offset", value);

/** What may be null. */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

/** As `nullable`, for a field that a service of the version before does not send yet. */
export function added<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === undefined ? null : nullable(check)(value, path));
}

/** A list, each of whose items is held against the check. */
export function list<T>(check: Check<T>): Check<T[]> {
  return (value, path) =>
    Array.isArray(value)
      ? value.map((item, index) => check(item, `${path}[${index}]`))
      : refuse(path, "a list", value);
}

/** Any number. */
export const number: Check<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuse(path, "a number", value);

/** Yes or no. */
export const flag: Check<boolean> = (value, path) =>
  typeof value === "boolean" ? value : refuse(path, "true or false", value);

const ISO_DAY = /^\d{4}-\d\d-\d\d$/;

/** A date without a time. */
export const day: Check<string> = (value, path) =>
  typeof value === "string" && ISO_DAY.test(value) ? value : refuse(path, "a date", value);

/** What is held by names that are not known beforehand. */
export function record<T>(check: Check<T>): Check<Record<string, T>> {
  return (value, path) =>
    isRecord(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, one]) => [name, check(one, `${path}.${name}`)]),
        )
      : refuse(path, "an object", value);
}

/** One of a union of words; the record must name every word of the union. */
export function word<T extends string>(words: Record<T, true>): Check<T> {
  return (value, path) =>
    typeof value === "string" && Object.hasOwn(words, value)
      ? (value as T)
      : refuse(path, `one of ${Object.keys(words).join(", ")}`, value);
}

/** An object with these fields; others are left out. */
export function object<T extends object>(fields: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (value, path) => {
    if (!isRecord(value)) return refuse(path, "an object", value);
    const known = Object.entries<Check<unknown>>(fields);
    return Object.fromEntries(
      known.map(([name, check]) => [name, check(value[name], `${path}.${name}`)]),
    ) as T;
  };
}

/** A union told apart by the word in the field `tag`; the record must name every variant. */
export function variants<Tag extends string, T extends Record<Tag, string>>(
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
