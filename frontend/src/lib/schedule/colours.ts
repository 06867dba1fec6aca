/** A steady colour for each person. It helps the eye; names say who it is. */

/** Twelve hues from green to pink: red and amber mean gaps and thin stretches. */
export const HUES: readonly number[] = Array.from({ length: 12 }, (_, index) => 120 + 20 * index);

/**
 * The hue (degrees) of each of `people`, by id: as far as can be from those before in the list, and
 * among equals where the id would like to be. Whoever joins the end of the list changes nobody's.
 */
export function hues(people: readonly string[]): Map<string, number> {
  const given = new Map<string, number>();
  let taken: number[] = [];
  for (const id of people) {
    if (taken.length === HUES.length) taken = [];
    const place = farthest(taken, wish(id));
    taken.push(place);
    given.set(id, HUES[place] ?? 0);
  }
  return given;
}

function farthest(taken: readonly number[], wished: number): number {
  const room = (place: number) => Math.min(...taken.map((other) => distance(place, other)));
  const order = HUES.map((_, place) => place);
  order.sort((a, b) => room(b) - room(a) || distance(a, wished) - distance(b, wished) || a - b);
  return order[0] ?? 0;
}

function distance(one: number, other: number): number {
  const apart = Math.abs(one - other);
  return Math.min(apart, HUES.length - apart);
}

/** Where in the circle of hues somebody would like to be: FNV-1a over the letters of the id. */
function wish(id: string): number {
  let hash = 0x811c9dc5;
  for (const letter of id) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % HUES.length;
}
