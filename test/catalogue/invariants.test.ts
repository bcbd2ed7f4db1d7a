import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Job } from "../../src/job.ts";
import type { Effect, Tool, UserStatus } from "../../src/operation.ts";
import { isJsonObject, z } from "../../src/schema.ts";
import { families, jobs, operations } from "../../tools/index.ts";
import { endStrays } from "../process/host.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { jobsByDefault, toolsByDefault } from "../support/catalogue.ts";
import {
  type CatalogueOperation,
  catalogue,
  definitions,
  keysIn,
  offenders,
  readServed,
  type Served,
  schemasIn,
} from "./served.ts";

/** The most bytes of a host's context a tool may take on average. */
const AVERAGE_BYTES = 750;
const TWO_KB = 2_048;

let served: Served;
beforeAll(async () => {
  served = await readServed();
});
afterAll(endStrays);

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const propertiesOf = (schema: unknown): string[] => Object.keys(Object(at(schema, "properties")));
const input = (tool: unknown): unknown => at(tool, "inputSchema");
const named = (name: string): Tool | undefined => catalogue.find((other) => other.name === name);

describe("what every tool is served as", () => {
  /** [what holds, the check of one tool] */
  const rules: readonly [string, (definition: unknown, tool: Tool) => boolean][] = [
    ["a name hosts can prefix", (tool) => /^[a-z0-9_]{1,40}$/.test(textAt(tool, "name"))],
    ["a title", (tool, { title }) => textAt(tool, "title") === title && /^[A-Z][\w -]+$/.test(title)],
    ["a description that ends as a sentence", (tool) => /^[A-Z].*\.$/.test(textAt(tool, "description"))],
    ["a description under 2 KB", (tool) => Buffer.byteLength(textAt(tool, "description")) < TWO_KB],
    ["no key a host would not know", (tool) => keys(tool) === keys(KNOWN)],
    ["exactly the four hints, all booleans", (tool) => keys(at(tool, "annotations")) === keys(hints(true, true))],
    ["an output schema of type object that takes any object", (tool) => json(at(tool, "outputSchema")) === PERMISSIVE],
    ["an input schema of type object", (tool) => at(input(tool), "type") === "object"],
    ["strict arguments", (tool) => at(input(tool), "additionalProperties") === false],
    ["no union at the root", (tool) => !keys(input(tool)).match(/anyOf|oneOf|allOf|not|if|enum|const/)],
    ["no reference", (tool) => !keysIn(input(tool)).some((key) => key.startsWith("$"))],
    ["a type in every schema", (tool) => schemasIn(input(tool)).every(([, schema]) => isTyped(schema))],
    ["keys the model's API takes", (tool) => allKeys(tool).every((key) => /^[a-zA-Z0-9_.-]{1,64}$/.test(key))],
    ["less than 8 KB", (tool) => bytes(tool) < 8_192],
    ["no default a host could fill in", (tool) => !keysIn(input(tool)).includes("default")],
    ["the arguments of its zod object", (tool, { input: zod }) => same(propertiesOf(input(tool)), keysOf(zod))],
    ["required where zod requires", (tool, { input: zod }) => same(requiredOf(tool), requiredKeysOf(zod))],
    ["confirm as an optional boolean", (tool) => !allows(tool, "confirm") || isFlag(tool, "confirm")],
    [
      "openWorldHint exactly where mail goes out",
      (tool, op) => hint(tool, "openWorldHint") === (op.sendsEmail === true),
    ],
    ["idempotentHint on reads and where said", (tool, op) => hint(tool, "idempotentHint") === isIdempotent(op)],
    ["readOnlyHint by effect", (tool, { effect }) => hint(tool, "readOnlyHint") === BY_EFFECT[effect].readOnly],
    [
      "destructiveHint by effect",
      (tool, { effect }) => hint(tool, "destructiveHint") === BY_EFFECT[effect].destructive,
    ],
  ];

  const PERMISSIVE = json({ type: "object" });
  const hints = (readOnlyHint: boolean, destructiveHint: boolean): object => ({
    readOnlyHint,
    destructiveHint,
    idempotentHint: true,
    openWorldHint: true,
  });
  const KNOWN = { name: "", title: "", description: "", inputSchema: {}, outputSchema: {}, annotations: {} };
  const BY_EFFECT: Readonly<Record<Effect, { readOnly: boolean; destructive: boolean }>> = {
    read: { readOnly: true, destructive: false },
    additive: { readOnly: false, destructive: false },
    update: { readOnly: false, destructive: true },
    destructive: { readOnly: false, destructive: true },
  };

  it.each(rules)("%s", (_, holds) => {
    expect(offenders(catalogue, holds)).toEqual([]);
  });

  /** [what holds, the check of one operation] */
  const ofOperations: readonly [string, (definition: unknown, operation: CatalogueOperation) => boolean][] = [
    ["confirm exactly where it may ask", (tool, { confirm }) => allows(tool, "confirm") === (confirm !== undefined)],
    ["detail exactly on reads of users", (tool, op) => allows(tool, "detail") === readsUsers(op)],
  ];

  it.each(ofOperations)("%s", (_, holds) => {
    expect(offenders(operations, holds)).toEqual([]);
  });

  /** [what holds, the check of one job] */
  const ofJobs: readonly [string, (definition: unknown, job: Job) => boolean][] = [
    ["confirm on every destructive job", (tool, { effect }) => effect !== "destructive" || allows(tool, "confirm")],
    ["no confirm on jobs that read", (tool, { effect }) => effect !== "read" || !allows(tool, "confirm")],
    ["a scope for reading on jobs that read", (_, { effect, scope }) => effect !== "read" || scope.endsWith(".read")],
  ];

  it.each(ofJobs)("%s", (_, holds) => {
    expect(offenders(jobs, holds)).toEqual([]);
  });

  it("is strict about what it takes", () => {
    const lax = catalogue.filter(({ input: zod }) => zod._def.unknownKeys !== "strict");
    expect(lax.map(({ name }) => name)).toEqual([]);
  });

  function json(value: unknown): string {
    return JSON.stringify(value);
  }
  function keys(value: unknown): string {
    return Object.keys(Object(value)).sort().join();
  }
  function hint(tool: unknown, name: string): unknown {
    return at(tool, `annotations.${name}`);
  }
  function allows(tool: unknown, argument: string): boolean {
    return propertiesOf(input(tool)).includes(argument);
  }
  function isFlag(tool: unknown, argument: string): boolean {
    return at(input(tool), `properties.${argument}.type`) === "boolean" && !requiredOf(tool).includes(argument);
  }
  function requiredOf(tool: unknown): unknown[] {
    return at(input(tool), "required") === undefined ? [] : listAt(input(tool), "required");
  }
  function isTyped(schema: unknown): boolean {
    return isJsonObject(schema) && ["type", "enum", "anyOf"].some((key) => schema[key] !== undefined);
  }
  function allKeys(tool: unknown): string[] {
    return schemasIn(input(tool)).flatMap(([, schema]) => propertiesOf(schema));
  }
  function isIdempotent({ effect, idempotent }: Tool): boolean {
    return effect === "read" || idempotent === true;
  }
  function readsUsers({ effect, returns, listOf }: CatalogueOperation): boolean {
    return effect === "read" && (returns === "user" || listOf === "user");
  }
  function keysOf(zod: Tool["input"]): string[] {
    return Object.keys(zod.shape);
  }
  function requiredKeysOf(zod: Tool["input"]): string[] {
    return Object.entries(zod.shape).flatMap(([key, schema]) => (schema.isOptional() ? [] : [key]));
  }
  function same(left: readonly unknown[], right: readonly unknown[]): boolean {
    return json([...left].sort()) === json([...right].sort());
  }
});

describe("the whole list", () => {
  it("is the operations family by family and then the jobs, without those that need a setting", () => {
    const names = served.tools.map((tool) => textAt(tool, "name"));
    expect(names).toEqual([...families.values(), jobsByDefault].flat().map(({ name }) => name));
    expect(operations).toHaveLength(62);
  });

  it("is what is checked here, word for word", () => {
    const shown = definitions.filter(({ name }) => toolsByDefault.some((tool) => tool.name === name));
    expect(served.tools).toEqual(shown);
  });

  it("has each name once, and each title", () => {
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
    expect(new Set(catalogue.map(({ title }) => title)).size).toBe(catalogue.length);
  });

  it("is the same at every start", async () => {
    expect((await readServed()).text).toBe(served.text);
  });

  it(`takes at most ${AVERAGE_BYTES} bytes a tool on average`, () => {
    /** [tools/list, how many tools it holds]: as it comes, the jobs alone, and with every setting that a tool needs. */
    const lists: readonly [string, number][] = [
      [served.text, served.tools.length],
      [JSON.stringify({ tools: definitions.slice(operations.length) }), jobs.length],
      [JSON.stringify({ tools: definitions }), definitions.length],
    ];
    for (const [text, tools] of lists) {
      const average = Buffer.byteLength(text) / tools;
      expect(average, `${tools} tools take ${average.toFixed(1)} bytes each`).toBeLessThanOrEqual(AVERAGE_BYTES);
    }
  });

  it("comes with instructions under 2 KB that name only tools there are", () => {
    expect(Buffer.byteLength(served.instructions)).toBeLessThan(TWO_KB);
    const mentioned = served.instructions.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [];
    const notTools = ["confirmation_required", "outcome_unknown"];
    expect(mentioned.length).toBeGreaterThan(30);
    expect(mentioned.filter((word) => named(word) === undefined && !notTools.includes(word))).toEqual([]);
  });

  it("has schemas a strict validator compiles", () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    const broken = definitions.flatMap((tool) => {
      const schema = input(tool);
      return isJsonObject(schema) && ajv.validateSchema(schema) === true && ajv.compile(schema)
        ? []
        : [at(tool, "name")];
    });
    expect(broken).toEqual([]);
  });

  /** What people ask for, in words a host's tool search would get, and the tool that must be among what it finds. */
  it.each([
    ["create user", "create_user"],
    ["find user", "list_users"],
    ["update user attribute", "update_user"],
    ["delete user", "delete_user"],
    ["activate", "activate_user"],
    ["deactivate", "deactivate_user"],
    ["suspend", "suspend_user"],
    ["unlock", "unlock_user"],
    ["mfa factor reset", "reset_factors"],
    ["reset password", "reset_password"],
    ["temporary password", "expire_password_with_temp_password"],
    ["recovery question", "change_recovery_question"],
    ["sign out everywhere", "revoke_user_sessions"],
    ["user groups", "list_user_groups"],
    ["apps open", "list_app_links"],
    ["identity provider", "list_user_identity_providers"],
    ["oauth consent revoke", "revoke_user_grants"],
    ["refresh token revoke", "revoke_tokens_for_user_and_client"],
    ["set manager", "set_linked_object_for_user"],
    ["subordinates", "list_linked_objects_for_user"],
    ["assign admin role", "assign_role_to_user"],
    ["admin role list", "list_assigned_roles_for_user"],
    ["role group target", "assign_group_target_to_role"],
    ["blocked devices", "list_user_blocks"],
    ["find group", "list_groups"],
    ["add user group", "add_user_to_group"],
    ["remove user group", "remove_user_from_group"],
    ["mfa factor list", "list_factors"],
    ["lost phone factor", "unenroll_factor"],
    ["attributes profile", "get_user_schema"],
    ["user types", "list_user_types"],
    ["system log", "list_user_events"],
    ["sign-in failures", "list_user_events"],
    ["find person", "find_user"],
    ["person reach", "get_user_access"],
    ["many people", "bulk_user_action"],
    ["take back change", "undo_change"],
  ])("finds %s in a tool's own words", (words, tool) => {
    const found = definitions.filter((candidate) => {
      const text = [at(candidate, "name"), at(candidate, "title"), at(candidate, "description")]
        .join(" ")
        .toLowerCase();
      return words.split(" ").every((word) => text.includes(word.replace(/s$/, "").replace(/ed$/, "")));
    });
    expect(found.map((candidate) => at(candidate, "name"))).toContain(tool);
  });
});

describe("what every operation says of itself", () => {
  const STATUSES: readonly UserStatus[] = ["STAGED", "ACTIVE", "SUSPENDED", "DEPROVISIONED"];
  const MARKER = "zq-typed-by-somebody";
  const placeholders = ({ template }: CatalogueOperation): string[] =>
    [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  const ifAny = <T>(value: T | undefined, holds: (value: T) => boolean): boolean => value === undefined || holds(value);

  /** Every consequence the operation can name, for arguments from none to all and people of every kind. */
  function sentences({ input: zod, confirm }: CatalogueOperation): (string | undefined)[] {
    const typed = Object.fromEntries(Object.keys(zod.shape).map((key) => [key, MARKER]));
    const arrays = { groupIds: [MARKER], profile: { login: MARKER, email: MARKER }, credentials: { password: {} } };
    const profile = { login: MARKER };
    return [{}, typed, { ...typed, ...arrays }, { ...typed, sendEmail: true }, { ...typed, sendEmail: false }].flatMap(
      (args) => [
        confirm?.(args),
        ...STATUSES.map((status) => confirm?.(args, { id: MARKER, login: MARKER, name: MARKER, status, profile })),
      ],
    );
  }

  /** [what holds, the check of one operation] */
  const rules: readonly [string, (operation: CatalogueOperation) => boolean][] = [
    ["a strict zod object of the v3 API", ({ input: zod }) => zod instanceof z.ZodObject && isStrict(zod)],
    ["a path entry for each placeholder and no other", (op) => same(placeholders(op), Object.keys(op.path))],
    ["required path arguments", ({ path }) => Object.values(path).every((schema) => !schema.isOptional())],
    ["a method that fits the effect", ({ method, effect }) => (method === "GET") === (effect === "read")],
    ["a body only on POST and PUT", ({ method, body }) => method === "POST" || method === "PUT" || isEmpty(body)],
    ["no consent on reads", ({ effect, confirm }) => effect !== "read" || confirm === undefined],
    ["consent on every destructive call", (op) => op.effect !== "destructive" || sentences(op).every(isSentence)],
    ["sentences and nothing else", (op) => sentences(op).every((text) => text === undefined || isSentence(text))],
    ["constant sentences", (op) => sentences(op).every((text) => !text?.includes(MARKER))],
    [
      "an undo that is another tool that writes",
      (op) => ifAny(op.undoneBy, (name) => writes(name) && name !== op.name),
    ],
    ["no undo where nothing brings it back", (op) => op.irreversible !== true || op.undoneBy === undefined],
    ["a look afterwards with a tool that reads", (op) => ifAny(op.seenWith ?? undefined, reads)],
    ["no look afterwards on reads", (op) => op.effect !== "read" || op.seenWith === undefined],
    [
      "lookups of path arguments, or of those a query is made of",
      ({ lookUp = [], path, unsent }) => lookUp.every((name) => name in path || name in unsent),
    ],
    ["arguments that are not sent only for a query", (op) => isEmpty(op.unsent) || op.queryFrom !== undefined],
    ["secrets only behind consent", (op) => op.secret === undefined || op.confirm !== undefined],
    ["secrets only where no resource is shown", (op) => op.secret === undefined || returnsNothing(op)],
    ["something to show for every read", (op) => op.effect !== "read" || !returnsNothing(op)],
    ["one kind of answer", (op) => op.returns === undefined || op.listOf === undefined],
    ["a cursor only with a page size", ({ query }) => "after" in query === "limit" in query],
    ["page sizes told in words", (op) => !("limit" in op.query) || tellsLimit(op)],
    [
      "no status both refused and uncertain",
      (op) => !(op.refusedFrom ?? []).some((s) => op.uncertainFrom?.includes(s)),
    ],
    ["scopes for reading on reads only", ({ scope, effect }) => scope.endsWith(".read") === (effect === "read")],
  ];

  it.each(rules)("%s", (_, holds) => {
    expect(operations.filter((operation) => !holds(operation)).map(({ name }) => name)).toEqual([]);
  });

  it("belongs to one of fourteen families, none of them empty", () => {
    expect([...families.values()].map(({ length }) => length > 0)).toEqual(Array(14).fill(true));
    expect([...families.values()].flat()).toEqual(operations);
  });

  function same(left: readonly string[], right: readonly string[]): boolean {
    return [...left].sort().join() === [...right].sort().join();
  }
  function isEmpty(shape: object): boolean {
    return Object.keys(shape).length === 0;
  }
  function isStrict(zod: CatalogueOperation["input"]): boolean {
    return zod._def.unknownKeys === "strict" && !zod.safeParse({ noSuchArgument: 1 }).success;
  }
  function isSentence(text: string | undefined): boolean {
    return text !== undefined && /^[A-Z][^\n]{10,250}\.$/.test(text);
  }
  function reads(name: string): boolean {
    return named(name)?.effect === "read";
  }
  function writes(name: string): boolean {
    return named(name) !== undefined && !reads(name);
  }
  function returnsNothing({ returns, listOf }: CatalogueOperation): boolean {
    return returns === undefined && listOf === undefined;
  }
  function tellsLimit({ query, input: zod }: CatalogueOperation): boolean {
    const byDefault = z.object({ limit: zod.shape.limit ?? z.never() }).parse({});
    return query.limit?.description === `1 to 200, default ${at(byDefault, "limit")}`;
  }
});
