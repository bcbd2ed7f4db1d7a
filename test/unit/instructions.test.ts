import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instructions } from "../../src/instructions.ts";
import { list } from "../../src/listing.ts";
import { select } from "../../src/select.ts";
import { families, jobs, operations } from "../../tools/index.ts";
import { RUNS } from "./runs.ts";

const listed = list(families, jobs);
const keys = [...families.keys()];
/** The longest host name there can be. */
const LONG_HOST = `${`${"x".repeat(59)}.`.repeat(4)}okta.com:65535`;
const size = (text: string): number => Buffer.byteLength(text);

/** Every choice of families, each with and without read-only mode. */
const choices = Array.from({ length: 2 ** keys.length }, (_, bits) =>
  keys.filter((_key, index) => bits & (1 << index)),
);

describe("instructions", () => {
  it("are under 2 KB for every choice of families, the longest host and read-only mode", () => {
    const sizes = choices.flatMap((chosen) =>
      [true, false].map((readOnly) => {
        const words = chosen.length === 0 ? keys.map((family) => `-${family}`) : chosen;
        return size(instructions(LONG_HOST, select(listed, { tools: words, readOnly, given: [] }).on));
      }),
    );
    expect(sizes).toHaveLength(2 * 2 ** keys.length);
    expect(Math.max(...sizes)).toBeLessThan(2_048);
    expect(size(instructions(undefined, listed))).toBeLessThan(2_048);
  });

  it("are under 2 KB for any choice of tools, and name none that is off", () => {
    fc.assert(
      fc.property(fc.subarray(operations.map(({ name }) => name)), (names) => {
        const on = listed.filter(({ definition }) => names.includes(definition.name));
        const text = instructions(LONG_HOST, on);
        expect(size(text)).toBeLessThan(2_048);
        const off = operations.map(({ name }) => name).filter((name) => !names.includes(name));
        const words = new Set(text.match(/\w+/g));
        expect(off.filter((name) => words.has(name))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("have a word for every family", () => {
    for (const family of keys) {
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
