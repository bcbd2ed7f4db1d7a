import { describe, expect, it } from "vitest";
import type { Target } from "../../src/operation.ts";
import { z } from "../../src/schema.ts";
import { families, operations } from "../../tools/index.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { type CatalogueOperation, schemaAt } from "./served.ts";
import { sharedText } from "./shared.ts";

/*
 * The catalogue against the list of user operations it was agreed on, which lies beside the project. Where it does not,
 * there is nothing to compare with and these tests are skipped. Other families are held by the OpenAPI file alone.
 */
const text = sharedText("operations.json");
const entries = text === undefined ? [] : listAt(JSON.parse(text), "operations");

describe.skipIf(text === undefined)("the catalogue is what operations.json says (needs it beside the project)", () => {
  const familyOf = new Map([...families].flatMap(([family, own]) => own.map(({ name }) => [name, family])));
  const sorted = (values: Iterable<unknown>): string[] => [...values].map(String).sort();
  const listed = (entry: unknown, key: string): unknown[] => (at(entry, key) === undefined ? [] : listAt(entry, key));
  const params = (entry: unknown): unknown[] => listAt(entry, "params");

  /** Fields of the body, those of variants together; what Okta marks read-only is no argument. */
  const fields = (entry: unknown): unknown[] =>
    listed(at(entry, "requestBody"), "fields")
      .flatMap((field) => (at(field, "variant") === undefined ? [field] : listAt(field, "fields")))
      .filter((field) => at(field, "readOnly") !== true);

  const argumentsOf = ({ input }: CatalogueOperation): string[] =>
    Object.keys(input.shape).filter((name) => !["confirm", "detail", "preview"].includes(name));

  const enumOf = (schema: unknown): unknown[] => listed(schema, "enum").concat(listed(at(schema, "items"), "enum"));

  const argumentOf = (item: unknown): string => String(at(item, "argument") ?? at(item, "name"));

  /** The values each argument is limited to; `expand` is left out, for its values are told in prose only. */
  const choices = (schemas: readonly (readonly [name: string, schema: unknown])[]): Record<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const [name, schema] of schemas)
      if (name !== "expand" && enumOf(schema).length > 0)
        found.set(name, sorted([...(found.get(name) ?? []), ...enumOf(schema)]));
    return Object.fromEntries(found);
  };

  const consentOf = ({ effect, confirm }: CatalogueOperation): string => {
    if (confirm === undefined) return "never";
    return effect === "destructive" ? "always" : "conditional";
  };

  /** [what, how the catalogue says it, how operations.json says it] */
  const facts: readonly [string, (operation: CatalogueOperation) => unknown, (entry: unknown) => unknown][] = [
    ["family", ({ name }) => familyOf.get(name), (entry) => at(entry, "family")],
    ["method", ({ method }) => method, (entry) => at(entry, "method")],
    ["path", ({ template }) => template, (entry) => at(entry, "path")],
    ["effect", ({ effect }) => effect, (entry) => at(entry, "effect")],
    ["scope", ({ scope }) => [scope], (entry) => listAt(entry, "auth.oauth2Scopes")],
    ["idempotent", ({ effect, idempotent }) => effect === "read" || idempotent === true, (e) => at(e, "idempotent")],
    ["irreversible", ({ irreversible }) => irreversible === true, (entry) => at(entry, "irreversible")],
    ["sends mail", ({ sendsEmail }) => sendsEmail === true, (entry) => at(entry, "sendsEmail") !== null],
    ["refused from", ({ refusedFrom = [] }) => sorted(refusedFrom), (entry) => sorted(listed(entry, "refusedFrom"))],
    ["uncertain from", ({ uncertainFrom = [] }) => sorted(uncertainFrom), (e) => sorted(listed(e, "uncertainFrom"))],
    ["consent", consentOf, (entry) => textAt(entry, "consent").replace(/^(when|unless) .*/, "conditional")],
    ["secrets", ({ secret = [] }) => sorted(secret), (entry) => sorted(listAt(entry, "returnsSecret"))],
    [
      "arguments",
      (operation) => sorted(argumentsOf(operation)),
      (entry) => sorted(new Set([...params(entry), ...fields(entry)].map(argumentOf))),
    ],
    [
      "required arguments",
      ({ path, query, headers }) => {
        const shapes = [path, query, Object.fromEntries(Object.entries(headers).map(([name, h]) => [name, h.schema]))];
        const all = shapes.flatMap((shape) => Object.entries(shape));
        return sorted(all.flatMap(([name, schema]) => (schema.isOptional() ? [] : [name])));
      },
      (entry) => sorted(params(entry).flatMap((p) => (at(p, "required") === true ? [at(p, "argument")] : []))),
    ],
    [
      "values to choose from",
      (operation) => choices(argumentsOf(operation).map((name) => [name, schemaAt(operation, name)])),
      (entry) => choices([...params(entry), ...fields(entry)].map((item) => [argumentOf(item), item])),
    ],
    [
      "default page size",
      ({ query }) => ("limit" in query ? at(z.object({ limit: query.limit }).parse({}), "limit") : undefined),
      (entry) =>
        at(entry, "tool") === "list_users"
          ? 25
          : params(entry)
              .map((p) => pageSize(p))
              .find(Boolean),
    ],
    [
      "user arguments that only take an id",
      ({ lookUp = [] }) => lookUp.includes("userId"),
      (entry) => params(entry).some((p) => at(p, "in") === "path" && at(p, "name") === "userId"),
    ],
  ];

  const pageSize = (param: unknown): unknown => (at(param, "argument") === "limit" ? at(param, "default") : undefined);

  /** Families of their own beside the user operations. */
  const BESIDE = ["groups", "factors", "schemas", "system-log"];
  const compared = operations.filter(({ name }) => !BESIDE.includes(familyOf.get(name) ?? ""));

  it("has the same tools", () => {
    expect(sorted(compared.map(({ name }) => name))).toEqual(sorted(entries.map((entry) => at(entry, "tool"))));
  });

  it.each(facts)("agrees on %s", (_, ours, theirs) => {
    const said = Object.fromEntries(compared.map((operation) => [operation.name, ours(operation)]));
    const agreed = Object.fromEntries(entries.map((entry) => [textAt(entry, "tool"), theirs(entry)]));
    expect(said).toEqual(agreed);
  });

  const ada: Target = {
    id: "00u00000000000000001",
    login: "ada@example.com",
    name: "Ada Example",
    status: "ACTIVE",
    profile: { login: "ada@example.com", email: "ada@example.com", secondEmail: "", mobilePhone: "1", city: "Here" },
  };

  /** The conditions of consent: arguments that must be asked about, and arguments that must not. */
  const conditions: Readonly<Record<string, { asks: readonly object[]; asksNot: readonly object[] }>> = {
    create_user: {
      asks: [{ profile: {}, groupIds: ["00g1"] }],
      asksNot: [
        { profile: {} },
        { profile: {}, groupIds: [] },
        { profile: {}, credentials: { password: { value: "x" } } },
      ],
    },
    update_user: {
      asks: [
        { credentials: { password: { value: "x" } } },
        { credentials: {} },
        { profile: { login: "eve@example.com" } },
        { profile: { email: "eve@example.com" } },
        { profile: { secondEmail: "eve@example.com" } },
        { profile: { mobilePhone: "2" } },
        { profile: { mobilePhone: null } },
        { profile: { city: "There", email: "eve@example.com" } },
      ],
      asksNot: [
        {},
        { profile: {} },
        { profile: { city: "There" } },
        { profile: { city: "There", email: ada.profile.email } },
      ],
    },
    activate_user: { asks: [{ sendEmail: false }], asksNot: [{}, { sendEmail: true }] },
    reactivate_user: { asks: [{}, { sendEmail: false }], asksNot: [{ sendEmail: true }] },
    forgot_password: { asks: [{ sendEmail: false }], asksNot: [{}, { sendEmail: true }] },
  };

  it("has a case for every conditional consent", () => {
    const conditional = entries.filter((entry) => !["always", "never"].includes(textAt(entry, "consent")));
    expect(sorted(Object.keys(conditions))).toEqual(sorted(conditional.map((entry) => at(entry, "tool"))));
  });

  it.each(
    Object.entries(conditions).flatMap(([tool, { asks, asksNot }]) => [
      ...asks.map((args) => [tool, "asks for", args] as const),
      ...asksNot.map((args) => [tool, "does not ask for", args] as const),
    ]),
  )("%s %s %j", (tool, verb, args) => {
    const confirm = operations.find(({ name }) => name === tool)?.confirm;
    expect(confirm?.({ ...args }, ada) !== undefined).toBe(verb === "asks for");
  });

  it("asks for every argument that operations.json names as a way in", () => {
    const ways = entries.flatMap((entry) => listed(entry, "consentArguments").map((way) => [at(entry, "tool"), way]));
    expect(ways.length).toBeGreaterThan(0);
    const unasked = ways.filter(([tool, way]) => {
      const [field = "", inner] = String(way).split(".");
      const args = { [field]: inner === undefined ? {} : { [inner]: "changed@example.com" } };
      return operations.find(({ name }) => name === tool)?.confirm?.(args, ada) === undefined;
    });
    expect(unasked).toEqual([]);
  });
});
