import type { Comparison, ComparisonOperator, Node } from "./ast.ts";
import { instant } from "./dates.ts";
import type { Collation } from "./fold.ts";

/** The thing an expression is asked about. */
export interface Subject {
  /**
   * The raw value; undefined or null if absent. Dates are ISO 8601 strings with time and zone, or epoch milliseconds,
   * which save a scan the parsing.
   */
  get(property: string): unknown;
}

type Test = (subject: Subject) => boolean;

/**
 * Turns an expression into a function, with all work on literals done beforehand.
 *
 * A value whose type is not the declared one (a number where a string is declared, an array where a single value is)
 * never matches a comparison. `pr` is true for every value except null, the empty string and the empty array: Okta
 * documents it as "has a non-empty value".
 */
export function compile(node: Node, collation: Collation): Test {
  switch (node.kind) {
    case "and":
      return all(node.children.map((child) => compile(child, collation)));
    case "or":
      return any(node.children.map((child) => compile(child, collation)));
    case "present": {
      const { property } = node;
      return (subject) => isPresent(subject.get(property));
    }
    case "compare":
      return comparison(node, collation);
  }
}

function all(tests: readonly Test[]): Test {
  return (subject) => {
    for (const test of tests) if (!test(subject)) return false;
    return true;
  };
}

function any(tests: readonly Test[]): Test {
  return (subject) => {
    for (const test of tests) if (test(subject)) return true;
    return false;
  };
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  return !Array.isArray(value) || value.length > 0;
}

function comparison(node: Comparison, collation: Collation): Test {
  const { property } = node;
  switch (node.type) {
    case "string":
    case "string[]": {
      const test = stringTest(node.op, node.value, collation);
      const valueTest = (value: unknown): boolean => typeof value === "string" && test(value);
      return node.type === "string" ? single(property, valueTest) : anyElement(property, valueTest);
    }
    case "number":
    case "number[]": {
      const test = numberTest(node.op, node.value);
      const valueTest = (value: unknown): boolean => typeof value === "number" && test(value);
      return node.type === "number" ? single(property, valueTest) : anyElement(property, valueTest);
    }
    case "date": {
      const test = numberTest(node.op, node.instant);
      return single(property, (value) => {
        const time = typeof value === "string" ? instant(value) : value;
        return typeof time === "number" && test(time);
      });
    }
    case "boolean": {
      const { value: wanted } = node;
      return single(property, (value) => value === wanted);
    }
  }
}

function single(property: string, test: (value: unknown) => boolean): Test {
  return (subject) => test(subject.get(property));
}

function anyElement(property: string, test: (value: unknown) => boolean): Test {
  return (subject) => {
    const value = subject.get(property);
    if (!Array.isArray(value)) return false;
    for (const element of value) if (test(element)) return true;
    return false;
  };
}

function stringTest(op: ComparisonOperator, literal: string, collation: Collation): (value: string) => boolean {
  const prepared = collation.prepare(literal);
  switch (op) {
    case "eq":
      return (value) => collation.compare(value, prepared) === 0;
    case "sw":
      return (value) => collation.startsWith(value, prepared);
    case "co":
      return (value) => collation.contains(value, prepared);
    case "gt":
      return (value) => collation.compare(value, prepared) > 0;
    case "ge":
      return (value) => collation.compare(value, prepared) >= 0;
    case "lt":
      return (value) => collation.compare(value, prepared) < 0;
    case "le":
      return (value) => collation.compare(value, prepared) <= 0;
  }
}

function numberTest(op: ComparisonOperator, literal: number): (value: number) => boolean {
  switch (op) {
    case "eq":
      return (value) => value === literal;
    case "gt":
      return (value) => value > literal;
    case "ge":
      return (value) => value >= literal;
    case "lt":
      return (value) => value < literal;
    case "le":
      return (value) => value <= literal;
    case "sw":
    case "co":
      return () => false;
  }
}
