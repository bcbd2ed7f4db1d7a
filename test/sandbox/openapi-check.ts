import { Ajv2019, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import { SPEC_DEVIATIONS, type SpecDeviation } from "./deviations.ts";
import { at } from "./harness.ts";
import { Schemas } from "./openapi-schema.ts";
import { loadSpec } from "./openapi-spec.ts";

export interface Answered {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly body: unknown;
}

/** Statuses any request can get, whatever its operation lists (Okta's API documentation, and any web server). */
const ANYWHERE = new Set([401, 405, 411, 413, 429]);

/** Deviations that were met in this process. */
export const met = new Set<SpecDeviation>();

/**
 * What is wrong with an answer by the specification: an undocumented status, a body that does not fit, a property that
 * stands nowhere. Each line begins with the operation and the status. Listed deviations are left out; so is everything
 * where the specification is not at hand, and what it does not describe.
 */
export function complaints(answered: Answered): string[] {
  checker ??= load();
  return (checker?.(answered) ?? []).filter((line) => {
    const known = SPEC_DEVIATIONS.find(({ line: pattern }) => pattern.test(line));
    if (known !== undefined) met.add(known);
    return known === undefined;
  });
}

export function hasSpec(): boolean {
  checker ??= load();
  return checker !== null;
}

type Checker = (answered: Answered) => string[];
let checker: Checker | null | undefined;

function load(): Checker | null {
  const spec = loadSpec();
  if (spec === undefined) return null;
  const operations = readOperations(spec);
  const schemas = new Schemas(spec);
  // Neither looked at nor copied: the schemas are converted ones, and this happens once in every test file.
  const quick = { validateSchema: false, meta: false, inlineRefs: false } as const;
  const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true, verbose: true, ...quick });
  ajv.addSchema({ $id: "okta", $defs: schemas.definitions() });
  const compiled = new Map<string, ValidateFunction>();
  const validator = (key: string, schema: unknown): ValidateFunction => {
    const known = compiled.get(key);
    if (known !== undefined) return known;
    // The schema stands beside the components, so that its references find them.
    const text = JSON.stringify(schemas.closed(schema)).replaceAll('"#/$defs/', '"okta#/$defs/');
    const made = ajv.compile(JSON.parse(text));
    compiled.set(key, made);
    return made;
  };
  return ({ method, path, status, contentType, body }) => {
    const operation = find(operations, method, path);
    // Neither failures nor the oversized answer that faults put in the place of an answer are Okta's.
    const played = status >= 500 || (status >= 300 && status < 400) || at(body, 0, "padding") !== undefined;
    if (operation === undefined || played) return [];
    const start = `${method} ${operation.template} ${status}`;
    const response = at(operation.responses, String(status));
    if (response === undefined && !ANYWHERE.has(status)) return [`${start}: the status is not documented`];
    const described = at(resolved(spec, response), "content", "application/json", "schema");
    const isError = status >= 400;
    const schema = isError ? { $ref: "#/components/schemas/Error" } : described;
    if (body === undefined) return described === undefined || isError ? [] : [`${start}: a body is missing`];
    if (schema === undefined) return isEmpty(body) ? [] : [`${start}: there should be no body`];
    if (contentType !== "application/json") return [`${start}: the content type is ${contentType}`];
    const validate = validator(isError ? "error" : start, schema);
    return validate(body) ? [] : [...new Set((validate.errors ?? []).flatMap((error) => said(start, error)))];
  };
}

/** `{}` stands where the specification promises nothing. */
function isEmpty(body: unknown): boolean {
  return typeof body === "object" && body !== null && Object.keys(body).length === 0;
}

function said(start: string, { instancePath, keyword, message, params, data }: ErrorObject): string[] {
  const place = instancePath.replace(/\/\d+(?=\/|$)/g, "[]") || "(whole)";
  // These only say that something inside them failed, which is told as well.
  if (["if", "allOf", "anyOf", "oneOf"].includes(keyword)) return [];
  if (keyword === "unevaluatedProperties") return [`${start}: ${place} has ${params.unevaluatedProperty}`];
  // A null fails in every way a value can; told once.
  if (data === null) return [`${start}: ${place} is null`];
  return [`${start}: ${place} ${message}${keyword === "enum" ? ` ${params.allowedValues.join("|")}` : ""}`];
}

interface Operation {
  readonly method: string;
  readonly template: string;
  readonly segments: readonly string[];
  readonly responses: unknown;
}

function readOperations(spec: unknown): Operation[] {
  return Object.entries(at(spec, "paths") ?? {}).flatMap(([template, item]) =>
    Object.entries(Object(item))
      .filter(([method]) => method !== "parameters")
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        template,
        segments: template.split("/"),
        responses: at(operation, "responses"),
      })),
  );
}

/** The operation of a request; where several fit, the one that names most of the path. */
function find(operations: readonly Operation[], method: string, path: string): Operation | undefined {
  const segments = path.replace(/^\/+/, "/").replace(/\?.*$/, "").replace(/\/$/, "").split("/");
  const literal = ({ segments: own }: Operation): number => own.filter((part) => !part.startsWith("{")).length;
  return operations
    .filter((operation) => operation.method === method && operation.segments.length === segments.length)
    .filter(({ segments: own }) => own.every((part, i) => part.startsWith("{") || part === segments[i]))
    .sort((a, b) => literal(b) - literal(a))[0];
}

function resolved(spec: unknown, response: unknown): unknown {
  const ref = at(response, "$ref");
  return typeof ref === "string" ? at(spec, ...ref.slice(2).split("/")) : response;
}
