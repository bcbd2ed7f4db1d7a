import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isJsonObject, z } from "../../src/schema.ts";
import { operations } from "../../tools/index.ts";
import { at, listAt, textAt } from "../support/at.ts";
import { type CatalogueOperation, schemaAt } from "./served.ts";
import { sharedText } from "./shared.ts";

/*
 * The catalogue against Okta's official OpenAPI file (2026.06.3), which lies beside the project. Where it does not,
 * there is nothing to compare with and these tests are skipped.
 */
const text = sharedText("management-users.yaml");
const spec: unknown = text === undefined ? undefined : parse(text);

/** Where a field may differ: of which tools, under which dotted name, and why. */
interface Exception {
  readonly tools: readonly string[];
  readonly field: RegExp;
  readonly why: string;
}

const FORGOTTEN = "forgot_password_set_new_password";
const QUESTION = "change_recovery_question";

/** Documented, but not offered. */
const NOT_OFFERED: readonly Exception[] = [
  { tools: ["change_password"], field: /^(old|new)Password\.(hash|hook)\./, why: "only clear text changes a password" },
  { tools: [FORGOTTEN, QUESTION], field: /^password\.(hash|hook)\./, why: "only clear text proves or sets one here" },
  { tools: [FORGOTTEN, QUESTION], field: /^provider\./, why: "marked read-only in the specification" },
  { tools: [FORGOTTEN], field: /^recovery_question\.question$/, why: "Okta knows the question and takes the answer" },
  { tools: ["list_user_events"], field: /^sortOrder$/, why: "always newest first: the other order can go on forever" },
];

/** Offered, but not documented. */
const NOT_DOCUMENTED: readonly Exception[] = [
  { tools: ["list_user_events"], field: /^userId$/, why: "goes into the filter" },
];

/** Limited to values the specification gives in prose or in examples only. */
const CHOICES_FROM_PROSE: readonly Exception[] = [
  { tools: ["list_users", "list_groups"], field: /^sortOrder$/, why: "asc or desc" },
  { tools: ["list_groups"], field: /^expand$/, why: "stats or app, and app would show how the app is set up" },
  { tools: ["list_users", "get_user"], field: /^oktaResponse\[\]$/, why: "listed in the description of Content-Type" },
  { tools: ["list_users", "get_user", "list_assigned_roles_for_user"], field: /^expand$/, why: "supported values" },
  {
    tools: [
      "list_user_grants",
      "get_user_grant",
      "list_grants_for_user_and_client",
      "list_refresh_tokens_for_user_and_client",
      "get_refresh_token_for_user_and_client",
    ],
    field: /^expand$/,
    why: "scope is the one value shown",
  },
  { tools: ["create_user", "update_user", "replace_user"], field: /\.hash\.saltOrder$/, why: "pre- or postfixed" },
  { tools: ["create_user", "update_user", "replace_user"], field: /\.hook\.type$/, why: "must be set to default" },
];

/** Bounds that are not the specification's own. */
const OTHER_BOUNDS: readonly Exception[] = [
  { tools: ["list_users"], field: /^limit$/, why: "the specification says 200 at most in prose" },
  { tools: ["list_groups", "list_user_events"], field: /^limit$/, why: "more than 200 would fill a conversation" },
  { tools: ["create_user", "update_user", "replace_user"], field: /\.iterationCount$/, why: "at least 4096, in prose" },
  { tools: ["create_user", "update_user", "replace_user"], field: /\.workFactor$/, why: "0 was recorded as accepted" },
];

/** Asked for, though the specification does not mark them as required. */
const REQUIRED_BY_US: readonly Exception[] = [
  { tools: ["change_password"], field: /^(old|new)Password$/, why: "without both there is nothing to change" },
  { tools: [FORGOTTEN, QUESTION], field: /^(password|recovery_question)$/, why: "both are used" },
];

/** One value of a request: its type, the values it is limited to, its bounds. */
interface Leaf {
  readonly type: string;
  readonly values: readonly string[];
  readonly bounds: string;
}

type Fields = ReadonlyMap<string, Leaf>;

/** Okta's path parameters for a user, which are all called userId here, and header parameters. */
const NAMES: Readonly<Record<string, string>> = {
  id: "userId",
  userIdOrLogin: "userId",
  "If-Match": "ifMatch",
  Prefer: "prefer",
  "Content-Type": "oktaResponse",
};

function resolve(schema: unknown): unknown {
  const reference = at(schema, "$ref");
  if (typeof reference !== "string") return schema;
  return resolve(at(spec, reference.replace("#/", "").replaceAll("/", ".")));
}

/** Every leaf of a schema by its dotted name; variants and alternatives together. */
function leaves(schema: unknown, name: string): [string, Leaf][] {
  const found = resolve(schema);
  const variants = at(found, "oneOf");
  if (Array.isArray(variants)) return variants.flatMap((variant: unknown) => leaves(variant, name));
  const properties = at(found, "properties");
  if (isJsonObject(properties))
    return Object.entries(properties).flatMap(([key, inner]) => leaves(inner, name === "" ? key : `${name}.${key}`));
  if (at(found, "items") !== undefined) return leaves(at(found, "items"), `${name}[]`);
  const type = at(found, "type");
  const values = at(found, "enum");
  const bounds = [at(found, "minimum"), at(found, "maximum")].map((bound) => bound ?? "").join("..");
  const leaf = {
    type: Array.isArray(type) ? type.filter((word) => word !== "null").join() : String(type),
    values: Array.isArray(values) ? values.map(String) : [],
    // Minimum and maximum of a text are lengths, a slip of the specification.
    bounds: type === "string" ? ".." : bounds,
  };
  return [[name, leaf]];
}

function merge(found: readonly [string, Leaf][]): Fields {
  const fields = new Map<string, Leaf>();
  for (const [name, leaf] of found) {
    const values = [...(fields.get(name)?.values ?? []), ...leaf.values];
    fields.set(name, { ...leaf, values: [...new Set(values)].sort() });
  }
  return fields;
}

function pathItem({ template }: CatalogueOperation): unknown {
  return Object.entries(Object(at(spec, "paths"))).find(([path]) => normal(path) === normal(template))?.[1];
}

function specOperation(operation: CatalogueOperation): unknown {
  return at(pathItem(operation), operation.method.toLowerCase());
}

/** A path whose first placeholder, the user, has the same name everywhere. */
function normal(path: string): string {
  return path.replace(/^\/api\/v1\/users\/\{[^}]+\}/, "/api/v1/users/{userId}");
}

function parametersOf(operation: CatalogueOperation): unknown[] {
  const lists = [at(pathItem(operation), "parameters"), at(specOperation(operation), "parameters")];
  return lists.flatMap((list) => (Array.isArray(list) ? list.map(resolve) : []));
}

/** What we call a documented parameter. */
function argumentOf(parameter: unknown): string {
  const name = textAt(parameter, "name");
  return NAMES[name] ?? name;
}

function bodyOf(operation: CatalogueOperation): unknown {
  const content = at(resolve(at(specOperation(operation), "requestBody")), "content");
  return Object.values(Object(content)).map((media) => resolve(at(media, "schema")))[0];
}

function documented(operation: CatalogueOperation): Fields {
  const body = bodyOf(operation);
  return merge([
    ...parametersOf(operation).flatMap((parameter) => {
      const ours = argumentOf(parameter);
      // Flags stand inside one header; here they are a list.
      return leaves(at(parameter, "schema"), ours === "oktaResponse" ? "oktaResponse[]" : ours);
    }),
    ...(body === undefined ? [] : leaves(body, "")),
  ]);
}

function offered(operation: CatalogueOperation): Fields {
  const names = Object.keys(operation.input.shape).filter((name) => !["confirm", "detail", "preview"].includes(name));
  return merge(names.flatMap((name) => leaves(schemaAt(operation, name), name)));
}

/** The differences `of` finds in each operation, less the exceptions; exceptions nothing needs are told as well. */
function differences(
  of: (operation: CatalogueOperation) => readonly string[],
  exceptions: readonly Exception[],
): string[] {
  const used = new Set<string>();
  const found = operations.flatMap((operation) =>
    of(operation).flatMap((field) => {
      const excused = exceptions.filter(
        ({ tools, field: pattern }) => tools.includes(operation.name) && pattern.test(field),
      );
      for (const { why } of excused) used.add(`${operation.name}: ${why}`);
      return excused.length > 0 ? [] : [`${operation.name} ${field}`];
    }),
  );
  const unused = exceptions
    .flatMap(({ tools, why }) => tools.map((tool) => `${tool}: ${why}`))
    .filter((key) => !used.has(key));
  return [...found, ...unused.map((key) => `exception without a difference: ${key}`)];
}

describe.skipIf(text === undefined)(
  "the catalogue is what Okta's OpenAPI file says (needs it beside the project)",
  () => {
    it("has only routes that are documented, by the same placeholders", () => {
      const unknown = operations.filter((operation) => {
        const path = parametersOf(operation).filter((parameter) => at(parameter, "in") === "path");
        const names = path.map(argumentOf);
        return (
          specOperation(operation) === undefined || names.sort().join() !== Object.keys(operation.path).sort().join()
        );
      });
      expect(unknown.map(({ name }) => name)).toEqual([]);
    });

    it("offers no field that is not documented", () => {
      expect(differences((operation) => without(offered(operation), documented(operation)), NOT_DOCUMENTED)).toEqual(
        [],
      );
    });

    it("lacks no field that is documented", () => {
      expect(differences((operation) => without(documented(operation), offered(operation)), NOT_OFFERED)).toEqual([]);
    });

    it("compares what there is to compare", () => {
      const sizes = Object.fromEntries(operations.map((operation) => [operation.name, offered(operation).size]));
      // 31 attributes, 14 fields of credentials, 3 parameters, groups, type and realm.
      expect(sizes.create_user).toBe(51);
      expect(sizes.list_users).toBe(10);
      expect(Object.keys(sizes).filter((tool) => sizes[tool] === 0)).toEqual(["list_user_types"]);
    });

    it("gives every field its documented type", () => {
      expect(differences((operation) => unlike(operation, ({ type }) => type), [])).toEqual([]);
    });

    it("limits fields to the documented values", () => {
      expect(differences((operation) => unlike(operation, ({ values }) => values.join()), CHOICES_FROM_PROSE)).toEqual(
        [],
      );
    });

    it("limits numbers to the documented range", () => {
      expect(differences((operation) => unlike(operation, ({ bounds }) => bounds), OTHER_BOUNDS)).toEqual([]);
    });

    it("requires what is documented as required", () => {
      expect(differences((operation) => without(requiredThere(operation), requiredHere(operation)), [])).toEqual([]);
    });

    it("requires nothing else", () => {
      expect(
        differences((operation) => without(requiredHere(operation), requiredThere(operation)), REQUIRED_BY_US),
      ).toEqual([]);
    });

    it("puts every parameter where it belongs", () => {
      const misplaced = operations.flatMap((operation) => {
        const { path, query, headers, body } = operation;
        const sent = { path, query, header: headers, body };
        return parametersOf(operation).flatMap((parameter) => {
          const name = argumentOf(parameter);
          const where = Object.entries(sent).flatMap(([place, own]) => (name in own ? [place] : []));
          const leftOut = NOT_OFFERED.some(({ tools, field }) => tools.includes(operation.name) && field.test(name));
          return leftOut || where.join() === at(parameter, "in") ? [] : [`${operation.name} ${name}: ${where}`];
        });
      });
      expect(misplaced).toEqual([]);
    });

    it("sends headers by their documented names", () => {
      const wrong = operations.flatMap(({ name, headers }) =>
        Object.entries(headers).flatMap(([argument, { header }]) => {
          const documentedName = Object.keys(NAMES).find((key) => NAMES[key] === argument);
          return header === documentedName?.toLowerCase() ? [] : [`${name} ${argument}: ${header}`];
        }),
      );
      expect(wrong).toEqual([]);
    });

    it("asks for the documented OAuth scope", () => {
      const wrong = operations.filter((operation) => {
        const schemes = listAt(specOperation(operation), "security");
        return !schemes.some((scheme) => JSON.stringify(at(scheme, "oauth2")) === JSON.stringify([operation.scope]));
      });
      expect(wrong.map(({ name }) => name)).toEqual([]);
    });

    it("starts lists at Okta's page size, save those that would fill a conversation", () => {
      const other = operations.flatMap((operation) => {
        const { limit } = operation.query;
        if (limit === undefined) return [];
        const there = parametersOf(operation).find((parameter) => at(parameter, "name") === "limit");
        const here = at(z.object({ limit }).parse({}), "limit");
        return here === at(there, "schema.default") ? [] : [`${operation.name}: ${here}`];
      });
      expect(other).toEqual(["list_users: 25", "list_groups: 25", "list_user_events: 25"]);
    });

    function without(left: Fields | readonly string[], right: Fields | readonly string[]): string[] {
      const known = new Set(right instanceof Map ? right.keys() : right);
      return [...(left instanceof Map ? left.keys() : left)].map(String).filter((name) => !known.has(name));
    }

    /** The fields both sides know whose `aspect` differs. */
    function unlike(operation: CatalogueOperation, aspect: (leaf: Leaf) => string): string[] {
      const there = documented(operation);
      return [...offered(operation)].flatMap(([name, leaf]) => {
        const other = there.get(name);
        return other === undefined || aspect(other) === aspect(leaf) ? [] : [name];
      });
    }

    function requiredHere({ input }: CatalogueOperation): string[] {
      return Object.entries(input.shape).flatMap(([name, schema]) => (schema.isOptional() ? [] : [name]));
    }

    function requiredThere(operation: CatalogueOperation): string[] {
      const parameters = parametersOf(operation).filter((parameter) => at(parameter, "required") === true);
      const names = parameters.map(argumentOf);
      const body = bodyOf(operation);
      const variants = at(body, "oneOf");
      const lists = (Array.isArray(variants) ? variants : [body]).map((schema: unknown) =>
        at(resolve(schema), "required"),
      );
      const everywhere = lists
        .map((list) => (Array.isArray(list) ? list.map(String) : []))
        .reduce((left, right) => left.filter((name) => right.includes(name)));
      return [...names, ...everywhere];
    }
  },
);
