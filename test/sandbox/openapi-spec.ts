import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { at } from "./harness.ts";

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** Okta's own description of the user operations, 2026.06.3. It lies beside the project, not in it. */
const SPEC = inProject("../shared/okta/management-users.yaml");
const CACHE = inProject("node_modules/.cache");

/** The specification as JSON, or undefined where it is not at hand. */
export function loadSpec(): unknown {
  if (!existsSync(SPEC)) return undefined;
  const { size, mtimeMs } = statSync(SPEC);
  const cached = `${CACHE}/okta-openapi-${size}-${Math.floor(mtimeMs)}.json`;
  // Parsing 600 kB of YAML takes longer than most test files, and loading the parser as long as some tests.
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, "utf8"));
  const parse = at(createRequire(import.meta.url)("yaml"), "parse");
  if (typeof parse !== "function") throw new Error("the yaml package has no parse");
  const spec: unknown = parse(readFileSync(SPEC, "utf8"));
  mkdirSync(CACHE, { recursive: true });
  const draft = `${cached}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(spec));
  renameSync(draft, cached);
  return spec;
}
