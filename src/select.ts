import { ConfigError } from "./config.ts";
import type { ListedTool } from "./listing.ts";
import { nearest } from "./nearest.ts";

/** Which tools a configuration switches on, and why the others are off. */
export interface Selection {
  readonly on: readonly ListedTool[];
  /** The setting that switches a known tool off, by tool name. */
  readonly off: ReadonlyMap<string, "OKTA_READ_ONLY" | "OKTA_TOOLS">;
}

/**
 * Applies OKTA_READ_ONLY and the words of OKTA_TOOLS: families and tool names from left to right, `-` takes out,
 * starting from all tools if the first word takes out, else from none. Throws ConfigError for a word it does not know.
 */
export function select(listed: readonly ListedTool[], words: readonly string[], readOnly: boolean): Selection {
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
  const off = new Map<string, "OKTA_READ_ONLY" | "OKTA_TOOLS">();
  for (const { definition, readsOnly } of listed) {
    if (!chosen.has(definition.name)) off.set(definition.name, "OKTA_TOOLS");
    else if (readOnly && !readsOnly) off.set(definition.name, "OKTA_READ_ONLY");
  }
  return { on: listed.filter(({ definition }) => !off.has(definition.name)), off };
}
