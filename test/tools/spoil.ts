import { describe, expect, it } from "vitest";
import { at, listAt } from "../support/at.ts";
import { covered } from "./covered.ts";
import { type Args, keysOf, lines, type World } from "./support.ts";

/** A call that must be refused for its arguments before anything leaves; `cause` names the field. */
export function refusesArguments(w: Pick<World, "org" | "server">, tool: string, ...spoiled: Spoiled): Promise<void> {
  return refuseAll(w, tool, [spoiled]);
}

/** The same for many calls; each cause is the only one. */
export async function refuseAll(
  { org, server }: Pick<World, "org" | "server">,
  tool: string,
  cases: readonly Spoiled[],
): Promise<void> {
  const [answers, requests] = await org.watch(() => Promise.all(cases.map(([args]) => server.call(tool, args))));
  cases.forEach(([args, cause], i) => {
    const about = `${tool} ${JSON.stringify(args).slice(0, 200)}`;
    expect(answers[i]?.reply, about).toEqual({
      error: {
        code: "invalid_arguments",
        status: null,
        summary: expect.stringContaining(tool),
        causes: [expect.stringMatching(cause)],
        requestId: null,
      },
      hint: expect.stringMatching(/\S+ \S+/),
    });
    expect(answers[i]?.failed, about).toBe(true);
  });
  expect(lines(requests)).toEqual([]);
}

const IN_PATH = [
  ["userId", "primaryUserId", "grantId", "clientId", "tokenId", "roleAssignmentId", "appName", "appId", "groupId"],
  ["relationshipName", "primaryRelationshipName", "factorId", "schemaId"],
].flat();

/** What cannot be one segment of a path. */
const NO_SEGMENT = ["", " ", ".", "..", "a/b", "../users", "a?b", "a\\b", "a\nb", "a\u0000b"];

type Spoiled = readonly [args: Args, cause: string | RegExp];

/**
 * Spoils valid arguments in every way that the tool's own schema suggests, one at a time.
 *
 * @param tools the least valid arguments of each tool
 */
export function spoil(w: World, tools: Readonly<Record<string, Args>>): void {
  for (const tool of Object.keys(tools)) covered().badInput.add(tool);
  describe("bad input is refused before anything leaves", () => {
    for (const [tool, valid] of Object.entries(tools))
      it(tool, async () => {
        const listed = (await w.server.tools()).find(({ name }) => name === tool);
        if (listed === undefined) throw new Error(`${tool} is not listed`);
        const spoiled = waysToSpoil(listed.inputSchema, valid);
        // Valid in itself, or the cases below prove nothing.
        expect(at((await w.server.call(tool, valid)).reply, "error.code")).not.toBe("invalid_arguments");
        expect(spoiled.length).toBeGreaterThanOrEqual(4);
        await refuseAll(w, tool, spoiled);
      });
  });
}

function waysToSpoil(schema: unknown, valid: Args): Spoiled[] {
  const properties = at(schema, "properties");
  const names = keysOf(properties);
  const required = listAt({ required: at(schema, "required") ?? [] }, "required").map(String);
  return [
    ...misspelt(names, valid),
    ...required.flatMap((name) => missing(name, valid)),
    ...names.flatMap((name) => wrongly(name, at(properties, name), valid)),
    ...IN_PATH.filter((name) => names.includes(name)).flatMap((name) => noSegment(name, valid)),
  ];
}

/** An unknown argument is named, with the nearest known one where there is one. */
function misspelt(names: readonly string[], valid: Args): Spoiled[] {
  if (names.length === 0)
    return ["userId", "limit", "detail", "zzzzzz"].map((name) => [
      { [name]: "x" },
      new RegExp(`^${name}: is not an argument of this tool$`),
    ]);
  const victim = names.find((name) => name.length > 5) ?? "";
  const wrong = victim.slice(0, -1);
  return [
    [{ ...valid, [wrong]: "x" }, new RegExp(`^${wrong}: .*did you mean ${victim}\\?$`)],
    [{ ...valid, zzzzzz: "x" }, /^zzzzzz: is not an argument of this tool$/],
  ];
}

function missing(name: string, valid: Args): Spoiled[] {
  const { [name]: _, ...rest } = valid;
  const cause = new RegExp(`^${name}: is required`);
  return [
    [rest, cause],
    [{ ...rest, [name]: null }, cause],
  ];
}

function wrongly(name: string, property: unknown, valid: Args): Spoiled[] {
  const cause = new RegExp(`^${name}: must be `);
  const values: Record<string, unknown[]> = {
    string: [7, true, ["x"], { x: 1 }],
    boolean: ["true", 1],
    integer: ["5", 1.5, true],
    object: ["x", ["x"]],
    array: ["x", { x: 1 }],
  };
  const wrong = values[String(at(property, "type"))];
  if (wrong === undefined) throw new Error(`${name} has no plain type`);
  const beyond = [
    ...(at(property, "enum") === undefined ? [] : ["NO_SUCH_WORD", ""]),
    ...(at(property, "type") === "integer" ? [0, -1, 201] : []),
  ];
  return [...wrong, ...beyond].map((value) => [{ ...valid, [name]: value }, cause]);
}

function noSegment(name: string, valid: Args): Spoiled[] {
  return NO_SEGMENT.map((value) => [{ ...valid, [name]: value }, new RegExp(`^${name}: `)]);
}
