/** The addresses of the app's pages; the service answers each of them with the same document. */

export type Route =
  { page: "board" } | { page: "login" } | { page: "crisis"; ref: string } | { page: "unknown" };

/** The page at a path. */
export function parsePath(path: string): Route {
  if (path === "/") return { page: "board" };
  if (path === "/login") return { page: "login" };
  const ref = /^\/crises\/([\w-]+)\/?$/.exec(path)?.[1];
  return ref ? { page: "crisis", ref } : { page: "unknown" };
}

/** The address of a crisis page: the opaque reference and nothing else. */
export function crisisPath(ref: string): string {
  return `/crises/${encodeURIComponent(ref)}`;
}
