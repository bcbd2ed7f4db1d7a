import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { at, listAt, textAt } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";

interface Covered {
  readonly successes: Set<string>;
  readonly previews: Set<string>;
  readonly refusals: Set<string>;
  readonly badInput: Set<string>;
}

/** Files may share a process, one after another. */
const byFile = new Map<string, Covered>();

/** The tools the tables of the file that runs now hold, by what they prove. */
export function covered(): Covered {
  const file = expect.getState().testPath ?? "";
  const known = byFile.get(file);
  if (known) return known;
  const fresh = {
    successes: new Set<string>(),
    previews: new Set<string>(),
    refusals: new Set<string>(),
    badInput: new Set<string>(),
  };
  byFile.set(file, fresh);
  return fresh;
}

/** The tables of a file hold every tool of its family; to be called after them. */
export function complete(family: string): void {
  it("no tool of the family is left out", () => {
    const listed: unknown = JSON.parse(readFileSync(join(dirname(COMMAND), "tools.json"), "utf8"));
    const own = listAt({ listed }, "listed").filter((tool) => at(tool, "family") === family);
    const asking = own.filter((tool) => at(tool, "definition.inputSchema.properties.confirm") !== undefined);
    const names = (tools: readonly unknown[]): string[] => tools.map((tool) => textAt(tool, "definition.name")).sort();
    expect(own.length).toBeGreaterThan(0);
    expect([...covered().successes].sort()).toEqual(names(own));
    expect([...covered().previews].sort()).toEqual(names(asking));
    expect([...covered().refusals].sort()).toEqual(names(own));
    expect([...covered().badInput].sort()).toEqual(names(own));
  });
}
