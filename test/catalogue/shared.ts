import { existsSync, readFileSync } from "node:fs";

/** A file of Okta's contract, which may lie beside the project; undefined where it does not. */
export function sharedText(path: string): string | undefined {
  const file = new URL(`../../../shared/okta/${path}`, import.meta.url);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
