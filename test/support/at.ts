/** The value at a dotted path of a parsed JSON value, e.g. `at(reply, "users.0.id")`; undefined where there is none. */
export function at(value: unknown, path: string): unknown {
  let here = value;
  for (const step of path.split(".")) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Object.entries(here).find(([key]) => key === step)?.[1];
  }
  return here;
}

/** The same, for what must be a text. */
export function textAt(value: unknown, path: string): string {
  const found = at(value, path);
  if (typeof found !== "string") throw new Error(`no text at ${path} in ${JSON.stringify(value)?.slice(0, 500)}`);
  return found;
}

/** The same, for what must be a list. */
export function listAt(value: unknown, path: string): unknown[] {
  const found = at(value, path);
  if (!Array.isArray(found)) throw new Error(`no list at ${path} in ${JSON.stringify(value)?.slice(0, 500)}`);
  return found;
}
