import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config.ts";
import { list } from "../../src/listing.ts";
import { select } from "../../src/select.ts";
import { families, jobs, operations } from "../../tools/index.ts";
import { RUNS } from "./runs.ts";

const listed = list(families, jobs);
const names = listed.map(({ definition }) => definition.name);
const given = ["OKTA_AUDIT_LOG", "OKTA_EXPORT_DIR"] as const;
const of = (family: string): string[] =>
  listed.filter((tool) => tool.family === family).map((tool) => tool.definition.name);
const but = (...taken: string[]): string[] => names.filter((name) => !taken.includes(name));
const on = (words: readonly string[], readOnly = false): string[] =>
  select(listed, { tools: words, readOnly, given }).on.map(({ definition }) => definition.name);

describe("OKTA_TOOLS", () => {
  /** [words, the tools that are on] */
  const cases: readonly [readonly string[], readonly string[]][] = [
    [[], names],
    [["users"], of("users")],
    [["get_user"], ["get_user"]],
    [["get_user", "get_user"], ["get_user"]],
    [
      ["users", "sessions"],
      [...of("users"), ...of("sessions")],
    ],
    [
      ["sessions", "users"],
      [...of("users"), ...of("sessions")],
    ],
    [["users", "-delete_user"], of("users").filter((name) => name !== "delete_user")],
    [["users", "-delete_user", "delete_user"], of("users")],
    [["delete_user", "-users"], []],
    [["-delete_user"], but("delete_user")],
    [["-users"], but(...of("users"))],
    [["-users", "get_user"], but(...of("users").filter((name) => name !== "get_user"))],
    [["-roles", "-role-targets"], but(...of("roles"), ...of("role-targets"))],
    [["get_user", "-get_user"], []],
    [["get_user", "-roles"], ["get_user"]],
    [["linked-objects"], of("linked-objects")],
    [["all"], names],
    [["all", "-users"], but(...of("users"))],
  ];
  it.each(cases)("%j", (words, expected) => {
    expect(on(words)).toEqual(expected);
  });

  it.each([
    [["user"], '"user", which is neither a family nor a tool; did you mean users?'],
    [["list_user"], '"list_user", which is neither a family nor a tool; did you mean list_users?'],
    [["users", "-tokns"], '"tokns", which is neither a family nor a tool; did you mean tokens?'],
    [["Users"], '"Users", which is neither a family nor a tool; did you mean users?'],
    [["zzzzzzzz"], '"zzzzzzzz", which is neither a family nor a tool (known: families '],
    [["-"], '"", which is neither a family nor a tool'],
    [["--read-only=true"], '"-read-only=true", which is neither a family nor a tool'],
    [["__proto__"], '"__proto__", which is neither a family nor a tool'],
  ])("%j is an error that lists what there is", (words, told) => {
    const choose = (): unknown => select(listed, { tools: words, readOnly: false, given });
    expect(choose).toThrow(ConfigError);
    expect(choose).toThrow(`OKTA_TOOLS names ${told}`);
    expect(choose).toThrow(`(known: families ${[...families.keys(), "jobs"].join(", ")}; tools ${names.join(", ")})`);
  });

  it("says of each tool that is off which setting switches it off", () => {
    const { off } = select(listed, { tools: ["users", "-get_user"], readOnly: true, given });
    expect(off.get("list_users")).toBeUndefined();
    expect(off.get("get_user")?.setting).toBe("OKTA_TOOLS");
    expect(off.get("delete_user")?.setting).toBe("OKTA_READ_ONLY");
    expect(off.get("suspend_user")?.setting).toBe("OKTA_TOOLS");
  });
});

describe("OKTA_READ_ONLY", () => {
  it("leaves the tools that read", () => {
    expect(on([], true)).toEqual(
      [...operations, ...jobs].filter(({ effect }) => effect === "read").map(({ name }) => name),
    );
  });

  it("is stronger than OKTA_TOOLS", () => {
    expect(on(["delete_user", "get_user"], true)).toEqual(["get_user"]);
  });
});

describe("any words", () => {
  const word = fc.constantFrom(...families.keys(), ...names).chain((known) => fc.constantFrom(known, `-${known}`));
  it("leave tools on or off, never both, in the order of the list, and never a writing one in read-only mode", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.boolean(), (words, readOnly) => {
        const { on: left, off } = select(listed, { tools: words, readOnly, given });
        const kept = left.map(({ definition }) => definition.name);
        expect(names.filter((name) => kept.includes(name) !== off.has(name))).toEqual(names);
        expect(kept).toEqual(names.filter((name) => kept.includes(name)));
        if (readOnly) expect(left.every(({ readsOnly }) => readsOnly)).toBe(true);
        // The last word about a tool decides.
        const last = words.at(-1);
        if (last !== undefined && names.includes(last) && !readOnly) expect(kept).toContain(last);
        if (last?.startsWith("-")) expect(kept).not.toContain(last.slice(1));
      }),
      RUNS,
    );
  });
});
