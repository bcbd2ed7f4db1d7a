import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instructions } from "../../src/instructions.ts";
import { JOBS, type ListedTool, list } from "../../src/listing.ts";
import { families, jobs } from "../../tools/index.ts";
import { RUNS } from "./runs.ts";

const listed = list(families, jobs);
const names = listed.map(({ definition }) => definition.name);
/** The longest host name there can be. */
const LONG_HOST = `${`${"x".repeat(59)}.`.repeat(4)}okta.com:65535`;
const size = (text: string): number => Buffer.byteLength(text);

/** What a choice of tools adds to the text. */
const added = (on: readonly ListedTool[]): number =>
  size(instructions(LONG_HOST, on)) - size(instructions(LONG_HOST, []));

/** The tools by the task they are told under: each task has a line of its own, which no other tool changes. */
const tasks = [
  ...listed.reduce((found, tool) => {
    const task = instructions(LONG_HOST, [tool]).split("\n")[1]?.split(":")[0] ?? "";
    return found.set(task, [...(found.get(task) ?? []), tool]);
  }, new Map<string, ListedTool[]>()),
].map(([, tools]) => tools);

/** Every choice among these. */
function* choices<T>(all: readonly T[]): Generator<T[]> {
  for (let bits = 0; bits < 2 ** all.length; bits += 1) yield all.filter((_, index) => bits & (1 << index));
}

describe("instructions", () => {
  it("are under 2 KB for every choice of tools and the longest host", () => {
    expect(tasks.flat()).toHaveLength(listed.length);
    const longest = tasks.map((tools) => {
      let most = 0;
      for (const on of choices(tools)) most = Math.max(most, added(on));
      return most;
    });
    const worst = longest.reduce((sum, most) => sum + most, size(instructions(LONG_HOST, [])));
    expect(worst).toBeLessThan(2_048);
    expect(worst).toBeGreaterThanOrEqual(size(instructions(LONG_HOST, listed)));
    expect(size(instructions(undefined, []))).toBeLessThan(size(instructions(LONG_HOST, [])));
  });

  it("are as long as their lines, whatever is on, and name no tool that is off", () => {
    fc.assert(
      fc.property(fc.subarray(names), (chosen) => {
        const on = listed.filter(({ definition }) => chosen.includes(definition.name));
        const lines = tasks.map((tools) => added(tools.filter((tool) => on.includes(tool))));
        expect(added(on)).toBe(lines.reduce((sum, line) => sum + line, 0));
        const words = new Set(instructions(LONG_HOST, on).match(/\w+/g));
        expect(names.filter((name) => !chosen.includes(name) && words.has(name))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("tell of whole jobs before anything else that can be asked for", () => {
    const [, line] = instructions("acme.okta.com", listed).split("\n");
    const first = jobs.slice(0, 4).map(({ name }) => name);
    expect(line).toMatch(new RegExp(`^- Whole jobs\\b.*: ${first.join(", ")}`));
  });

  it("have a word for every family", () => {
    for (const family of [...families.keys(), JOBS]) {
      const on = listed.filter((tool) => tool.family === family);
      const first = on[0]?.definition.name ?? "";
      expect(instructions("acme.okta.com", on)).toMatch(new RegExp(`\n- .+: ${first}\\b`));
    }
  });

  it("say first whether the org is real", () => {
    const first = (org: string | undefined): string | undefined => instructions(org, listed).split("\n")[0];
    expect(first(undefined)).toBe(
      "Okta users of a SANDBOX org with invented people: nothing here is real, no call reaches a real Okta.",
    );
    expect(first("acme.okta.com")).toBe("Okta users of the org acme.okta.com. Every call acts on real people.");
    expect(instructions("acme.okta.com", listed)).not.toMatch(/sandbox/i);
  });

  it.each([
    "confirmation_required",
    "confirm: true",
    "data written by others",
    "next back as after",
    "outcome_unknown",
  ])("speak of %s", (words) => {
    expect(instructions("acme.okta.com", listed)).toContain(words);
  });
});
