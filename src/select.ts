import { ConfigError } from "./config.ts";
import type { Needed } from "./job.ts";
import type { ListedTool } from "./listing.ts";
import { nearest } from "./nearest.ts";

/** Which tools a configuration switches on, and why the others are off. */
export interface Selection {
  readonly on: readonly ListedTool[];
  /** How many tools there are: those that need a setting count where it is given. */
  readonly all: number;
  /** Why a known tool is switched off, by tool name. */
  readonly off: ReadonlyMap<string, SwitchedOff>;
}

/** The setting that switches a tool off, and the scope that is missing where it is OKTA_SCOPES. */
export type SwitchedOff =
  | { readonly setting: "OKTA_READ_ONLY" | "OKTA_TOOLS" | Needed }
  | { readonly setting: "OKTA_SCOPES"; readonly scope: string };

/** The settings that choose among the tools. */
export interface Choice {
  /** The words of OKTA_TOOLS. */
  readonly tools: readonly string[];
  readonly readOnly: boolean;
  /** Those of OKTA_SCOPES. */
  readonly scopes?: readonly string[] | undefined;
  /** Which of the settings are given that some tools need. */
  readonly given: readonly Needed[];
}

/**
 * Applies OKTA_READ_ONLY, OKTA_SCOPES and the words of OKTA_TOOLS: families and tool names from left to right, `-` takes out,
 * starting from all tools if the first word takes out, else from none. Throws ConfigError for a word it does not know.
 */
export function select(listed: readonly ListedTool[], { tools: words, readOnly, scopes, given }: Choice): Selection {
  const families = [...new Set(listed.map(({ family }) => family))];
  const names = listed.map(({ definition }) => definition.name);
  const chosen = new Set(words[0] === undefined || words[0].startsWith("-") ? names : []);
  for (const word of words) {
    const takesOut = word.startsWith("-");
    const meant = takesOut ? word.slice(1) : word;
    const hits = listed.filter(({ family, definition }) => ["all", family, definition.name].includes(meant));
    if (hits.length === 0) {
      const guess = nearest(meant, [...families, ...names]);
      const known = `families ${families.join(", ")}; tools ${names.join(", ")}`;
      throw new ConfigError(
        `OKTA_TOOLS names "${meant.slice(0, 60)}", which is neither a family nor a tool${guess ? `; did you mean ${guess}?` : ""} (known: ${known})`,
      );
    }
    for (const { definition } of hits) {
      if (takesOut) chosen.delete(definition.name);
      else chosen.add(definition.name);
    }
  }
  const off = new Map<string, SwitchedOff>();
  for (const { definition, readsOnly, scope, needs } of listed) {
    if (!chosen.has(definition.name)) off.set(definition.name, { setting: "OKTA_TOOLS" });
    else if (readOnly && !readsOnly) off.set(definition.name, { setting: "OKTA_READ_ONLY" });
    else if (needs !== undefined && !given.includes(needs)) off.set(definition.name, { setting: needs });
    else if (scopes && !covers(scopes, scope)) off.set(definition.name, { setting: "OKTA_SCOPES", scope });
  }
  const all = listed.filter(({ needs }) => needs === undefined || given.includes(needs)).length;
  return { on: listed.filter(({ definition }) => !off.has(definition.name)), all, off };
}

/** Whether a token with these scopes serves what needs that one: managing includes reading (documented). */
export function covers(scopes: readonly string[], needed: string): boolean {
  return scopes.includes(needed) || scopes.includes(needed.replace(/\.read$/, ".manage"));
}

/** Every tool may have to read the person it is about. */
const ALWAYS = "okta.users.read";

/**
 * The scopes these tools need. Reading is asked for beside managing although managing includes it: Okta gives those that
 * were granted to the app, which may be the lesser ones.
 */
export function scopesFor(tools: readonly ListedTool[]): string[] {
  return [...new Set(tools.flatMap(({ scope }) => [scope, scope.replace(/\.manage$/, ".read")])), ALWAYS]
    .filter((scope, index, all) => all.indexOf(scope) === index)
    .sort();
}
