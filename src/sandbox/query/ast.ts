import { fold } from "./fold.ts";

/** The type of a queryable property. Okta's `integer` is `number` here. */
export type AttributeType = "string" | "number" | "boolean" | "date" | "string[]" | "number[]";

/** Every property that may be queried, by its case-sensitive name, for example `status` or `profile.skills`. */
export type AttributeTypes = Readonly<Record<string, AttributeType>>;

/** An operator that compares a property with a literal. */
export type ComparisonOperator = "eq" | "sw" | "co" | "gt" | "ge" | "lt" | "le";

/** Every branch holds. Two or more children, in the order written. */
export interface And {
  readonly kind: "and";
  readonly children: readonly Node[];
}

/** At least one branch holds. Two or more children, in the order written. */
export interface Or {
  readonly kind: "or";
  readonly children: readonly Node[];
}

/** `property pr`: the property has a value. */
export interface Present {
  readonly kind: "present";
  readonly property: string;
}

/** A comparison with a string. `value` is the literal as written, escapes resolved, case kept. */
export interface StringComparison {
  readonly kind: "compare";
  readonly property: string;
  readonly op: ComparisonOperator;
  readonly type: "string" | "string[]";
  readonly value: string;
}

/** A comparison with a number. */
export interface NumberComparison {
  readonly kind: "compare";
  readonly property: string;
  readonly op: ComparisonOperator;
  readonly type: "number" | "number[]";
  readonly value: number;
}

/** A comparison with a boolean. */
export interface BooleanComparison {
  readonly kind: "compare";
  readonly property: string;
  readonly op: ComparisonOperator;
  readonly type: "boolean";
  readonly value: boolean;
}

/** A comparison with a point in time. `value` is the literal as written, `instant` the same in epoch milliseconds. */
export interface DateComparison {
  readonly kind: "compare";
  readonly property: string;
  readonly op: ComparisonOperator;
  readonly type: "date";
  readonly value: string;
  readonly instant: number;
}

export type Comparison = StringComparison | NumberComparison | BooleanComparison | DateComparison;

/**
 * A parsed expression. Parentheses leave a node of their own only where they change the grouping, so
 * `(a and b) and c` is an `and` whose first child is an `and`.
 */
export type Node = And | Or | Comparison | Present;

/** A condition that every match fulfils; `value` went through {@link fold}. */
export interface IndexableTerm {
  readonly property: string;
  readonly op: "eq" | "sw";
  readonly value: string;
}

/**
 * The equality and prefix comparisons on string properties (single or array) that must hold for every match: those
 * reached from the top through `and` alone. Empty if there are none.
 *
 * An index whose keys went through {@link fold} and that is asked for one of these terms returns every match and
 * perhaps more, so each candidate still has to pass `matches`. That is true for filters too, although they compare
 * case-sensitively. Numbers, booleans and dates are left out, and so are empty prefixes, which narrow nothing.
 */
export function indexable(ast: Node): IndexableTerm[] {
  switch (ast.kind) {
    case "and":
      return ast.children.flatMap(indexable);
    case "compare":
      if (ast.type !== "string" && ast.type !== "string[]") return [];
      if (ast.op === "eq" || (ast.op === "sw" && ast.value !== "")) {
        return [{ property: ast.property, op: ast.op, value: fold(ast.value) }];
      }
      return [];
    default:
      return [];
  }
}
