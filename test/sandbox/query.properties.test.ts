import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AttributeType,
  type AttributeTypes,
  fold,
  indexable,
  MAX_LENGTH,
  type Node,
  parseFilter,
  parseSearch,
  QueryError,
  USER_CONTAINS,
  USER_FILTER_PROPERTIES,
} from "../../src/sandbox/query/index.ts";

const RUNS = { numRuns: process.env.LONG === "1" ? 6000 : 150 };

const SEARCH_TYPES: AttributeTypes = {
  status: "string",
  "profile.login": "string",
  "profile.city": "string",
  created: "date",
  "profile.age": "number",
  "profile.remote": "boolean",
  "profile.skills": "string[]",
  "profile.scores": "number[]",
};

type Value = string | number | boolean;

/** How a piece of the expression is written; none of it may change the meaning. */
interface Style {
  gap: string;
  parentheses: boolean;
  escapes: boolean;
}

interface Group {
  kind: "and" | "or";
  children: Expr[];
  word: string;
  style: Style;
}

interface Presence {
  kind: "present";
  property: string;
  word: string;
  style: Style;
}

interface Compared {
  kind: "compare";
  property: string;
  type: AttributeType;
  op: string;
  word: string;
  value: Value;
  style: Style;
}

type Expr = Group | Presence | Compared;

const style: fc.Arbitrary<Style> = fc.record({
  gap: fc.constantFrom(" ", "  ", "\t", "\n", "\r\n "),
  parentheses: fc.boolean(),
  escapes: fc.boolean(),
});

// Few and related pieces, so that equal values, prefixes and neighbours in the order come up all the time.
const someString = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom("a", "A", "b", "B", "_", "Z"), maxLength: 4 }) },
  {
    weight: 3,
    arbitrary: fc.string({
      unit: fc.constantFrom("a", "É", "é", "e", "ß", "S", "İ", "i", "Σ", "ς", "σ"),
      maxLength: 4,
    }),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);
const someNumber = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const someDate = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((milliseconds) => new Date(milliseconds).toISOString()),
  fc
    .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9998-12-31T00:00:00Z"), noInvalidDate: true })
    .map((date) => date.toISOString()),
);

function someValue(type: AttributeType): fc.Arbitrary<Value> {
  switch (type) {
    case "string":
    case "string[]":
      return someString;
    case "number":
    case "number[]":
      return someNumber;
    case "date":
      return someDate;
    case "boolean":
      return fc.boolean();
  }
}

function searchOps(property: string, type: AttributeType): string[] {
  if (type === "boolean") return ["eq"];
  const ops = ["eq", "gt", "ge", "lt", "le"];
  if (type.startsWith("string")) ops.push("sw");
  if (USER_CONTAINS.includes(property)) ops.push("co");
  return ops;
}

function filterOps(_property: string, type: AttributeType): string[] {
  return type === "date" ? ["eq", "gt", "ge", "lt", "le"] : ["eq"];
}

function anyCase(word: string): fc.Arbitrary<string> {
  return fc.oneof(fc.constant(word), fc.mixedCase(fc.constant(word)));
}

function expressions(
  types: AttributeTypes,
  ops: (property: string, type: AttributeType) => string[],
  present: boolean,
): fc.Arbitrary<Expr> {
  const comparisons = Object.entries(types).map(([property, type]) =>
    fc.constantFrom(...ops(property, type)).chain((op) =>
      fc.record({
        kind: fc.constant("compare" as const),
        property: fc.constant(property),
        type: fc.constant(type),
        op: fc.constant(op),
        word: anyCase(op),
        value: someValue(type),
        style,
      }),
    ),
  );
  const presence = fc.record({
    kind: fc.constant("present" as const),
    property: fc.constantFrom(...Object.keys(types)),
    word: anyCase("pr"),
    style,
  });
  return fc.letrec<{ expr: Expr }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 4, depthSize: "medium" },
      fc.oneof<fc.Arbitrary<Expr>[]>(...comparisons, ...(present ? [presence] : [])),
      fc.constantFrom("and" as const, "or" as const).chain((kind) =>
        fc.record({
          kind: fc.constant(kind),
          children: fc.array(tie("expr"), { minLength: 2, maxLength: 4 }),
          word: anyCase(kind),
          style,
        }),
      ),
    ),
  })).expr;
}

function subjects(types: AttributeTypes): fc.Arbitrary<Map<string, unknown>> {
  const values: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [property, type] of Object.entries(types)) {
    const value = someValue(type);
    const filled = type.endsWith("[]") ? fc.array(value, { maxLength: 3 }) : value;
    values[property] = fc.oneof({ weight: 6, arbitrary: filled }, fc.constantFrom(null, undefined, "", 7, [null]));
  }
  return fc.record(values).map((record) => new Map(Object.entries(record)));
}

function printString(value: string, escapes: boolean): string {
  if (!escapes) return JSON.stringify(value);
  const units = value.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${units.join("")}"`;
}

function print(expr: Expr): string {
  const { gap } = expr.style;
  let text: string;
  switch (expr.kind) {
    case "present":
      text = `${expr.property}${gap}${expr.word}`;
      break;
    case "compare": {
      const value = typeof expr.value === "string" ? printString(expr.value, expr.style.escapes) : `${expr.value}`;
      text = `${expr.property}${gap}${expr.word}${gap}${value}`;
      break;
    }
    default:
      text = expr.children
        .map((child) => {
          // An and inside an or needs no parentheses; every other nested group does.
          const needed = child.kind === expr.kind || (expr.kind === "and" && child.kind === "or");
          return needed && !child.style.parentheses ? `(${print(child)})` : print(child);
        })
        .join(`${gap}${expr.word}${gap}`);
  }
  return expr.style.parentheses ? `(${gap}${text}${gap})` : text;
}

function expectedTree(expr: Expr): unknown {
  switch (expr.kind) {
    case "present":
      return { kind: "present", property: expr.property };
    case "compare": {
      const { kind, property, type, op, value } = expr;
      // -0 is printed as 0.
      const tree = { kind, property, type, op, value: value === 0 ? 0 : value };
      return type === "date" ? { ...tree, instant: Date.parse(String(value)) } : tree;
    }
    default:
      return { kind: expr.kind, children: expr.children.map(expectedTree) };
  }
}

/** Lower case, character by character, which knows no final sigma of its own. */
function plain(text: string): string {
  return [...text].map((char) => (char === "ς" ? "σ" : char.toLowerCase())).join("");
}

function holds(op: string, value: unknown, literal: Value, type: AttributeType, ignoreCase: boolean): boolean {
  let left: unknown = value;
  let right: unknown = literal;
  if (type === "date") {
    if (left === "") return false;
    // Epoch milliseconds stand for themselves.
    if (typeof left === "string") left = Date.parse(left);
    right = Date.parse(String(right));
  }
  if (typeof left === "string" && typeof right === "string") {
    const a = ignoreCase ? plain(left) : left;
    const b = ignoreCase ? plain(right) : right;
    if (op === "sw") return a.slice(0, b.length) === b;
    if (op === "co") return a.split(b).length > 1 || b === "";
    return inOrder(op, a < b, a === b);
  }
  if (typeof left === "number" && typeof right === "number") return inOrder(op, left < right, left === right);
  return typeof left === "boolean" && left === right;
}

function inOrder(op: string, less: boolean, equal: boolean): boolean {
  return (
    (equal && ["eq", "ge", "le"].includes(op)) ||
    (less && ["lt", "le"].includes(op)) ||
    (!less && !equal && ["gt", "ge"].includes(op))
  );
}

function reference(expr: Expr, subject: Map<string, unknown>, ignoreCase: boolean): boolean {
  switch (expr.kind) {
    case "and":
      return expr.children.every((child) => reference(child, subject, ignoreCase));
    case "or":
      return expr.children.some((child) => reference(child, subject, ignoreCase));
    case "present": {
      const value = subject.get(expr.property);
      return !(value == null || value === "" || (Array.isArray(value) && value.length === 0));
    }
    case "compare": {
      const { op, value: literal, type } = expr;
      const value = subject.get(expr.property);
      if (!type.endsWith("[]")) return holds(op, value, literal, type, ignoreCase);
      return Array.isArray(value) && value.some((element) => holds(op, element, literal, type, ignoreCase));
    }
  }
}

const LANGUAGES = [
  {
    name: "search",
    types: SEARCH_TYPES,
    expr: expressions(SEARCH_TYPES, searchOps, true),
    parse: (text: string) => parseSearch(text, SEARCH_TYPES),
    ignoreCase: true,
  },
  {
    name: "filter",
    types: USER_FILTER_PROPERTIES,
    expr: expressions(USER_FILTER_PROPERTIES, filterOps, false),
    parse: (text: string) => parseFilter(text),
    ignoreCase: false,
  },
];

describe.each(LANGUAGES)("$name", { timeout: 60_000 }, ({ types, expr, parse, ignoreCase }) => {
  it("parses what was printed", () => {
    fc.assert(
      fc.property(expr, (tree) => {
        const text = print(tree);
        fc.pre(text.length <= MAX_LENGTH);
        expect(parse(text).ast).toEqual(expectedTree(tree));
      }),
      RUNS,
    );
  });

  it("matches like a naive evaluator, and every match fulfils the indexable terms", () => {
    fc.assert(
      fc.property(expr, fc.array(subjects(types), { minLength: 1, maxLength: 8 }), (tree, candidates) => {
        const text = print(tree);
        fc.pre(text.length <= MAX_LENGTH);
        const { ast, matches } = parse(text);
        for (const subject of candidates) {
          const found = matches(subject);
          expect(found).toBe(reference(tree, subject, ignoreCase));
          if (!found) continue;
          for (const { property, op, value } of indexable(ast)) {
            const keys = [subject.get(property)].flat().map((key) => (typeof key === "string" ? fold(key) : undefined));
            expect(keys.some((key) => (op === "eq" ? key === value : key?.startsWith(value)))).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });

  it("answers arbitrary text with a tree or a QueryError", () => {
    const words = [
      ...Object.keys(types),
      "and",
      "or",
      "not",
      "eq",
      "sw",
      "co",
      "gt",
      "pr",
      "ne",
      "true",
      "-1e5",
      '"a"',
      '"',
      "\\",
      "(",
      ")",
      "[",
      " ",
      " ",
      " ",
      "\u00a0",
      "ﬀ",
      "\ud800",
      '"2021-01-01T00:00:00.000Z"',
    ];
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join("")),
      fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join(" ")),
      fc.tuple(expr, fc.nat(), fc.nat({ max: 3 }), fc.constantFrom(...words)).map(([tree, at, length, word]) => {
        const printed = print(tree);
        const from = at % (printed.length + 1);
        return printed.slice(0, from) + word + printed.slice(from + length);
      }),
    );
    fc.assert(
      fc.property(text, (value) => expectTreeOrError(() => parse(value).ast, value)),
      RUNS,
    );
  });

  it("stays quick on long and deep text", () => {
    const piece = fc.constantFrom(
      "(",
      ")",
      "(()",
      "status",
      " ",
      '"',
      '\\"',
      "\\u0041",
      'status eq "a" or ',
      'status eq "a" and(',
      "1",
      "-",
      "ß",
      "𝒳",
      "a.b.",
    );
    fc.assert(
      fc.property(piece, piece, fc.constantFrom(100, 4_000, 16_384, 200_000), (first, second, length) => {
        const value = first + second.repeat(Math.ceil(length / second.length));
        const start = performance.now();
        expectTreeOrError(() => parse(value).ast, value);
        expect(performance.now() - start).toBeLessThan(1000);
      }),
      RUNS,
    );
  });
});

function expectTreeOrError(parse: () => Node, text: string): void {
  try {
    expect(["and", "or", "compare", "present"]).toContain(parse().kind);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    expect(["syntax", "property", "operator", "type", "date"]).toContain(error.kind);
    expect(Number.isInteger(error.position)).toBe(true);
    expect(error.position).toBeGreaterThanOrEqual(0);
    expect(error.position).toBeLessThanOrEqual(text.length);
  }
}
