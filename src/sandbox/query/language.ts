import type { AttributeType, AttributeTypes, ComparisonOperator } from "./ast.ts";
import { type Collation, exactly, ignoringCase } from "./fold.ts";

/** Everything that can stand between a property and the end of its comparison. */
export type Operator = ComparisonOperator | "pr";

/** What tells one query language from another; the grammar itself is the same for all. */
export interface Language {
  readonly types: AttributeTypes;
  readonly collation: Collation;
  /** The operators that apply to a property. */
  operators(property: string, type: AttributeType): readonly Operator[];
  /** What to write instead of `property ne literal`. */
  insteadOfNotEqual(property: string, type: AttributeType, literal: string): string;
  /** What to do instead of `not`. */
  readonly insteadOfNot: string;
}

const ORDERED = ["eq", "gt", "ge", "lt", "le", "pr"] as const;
const TEXT = ["eq", "sw", "gt", "ge", "lt", "le", "pr"] as const;
const TEXT_CONTAINS = ["eq", "sw", "co", "gt", "ge", "lt", "le", "pr"] as const;
const FLAG = ["eq", "pr"] as const;
const FILTER_DATE = ["eq", "gt", "ge", "lt", "le"] as const;
const FILTER_ANY = ["eq"] as const;

function searchOperators(type: AttributeType, contains: boolean): readonly Operator[] {
  switch (type) {
    case "string":
      return contains ? TEXT_CONTAINS : TEXT;
    case "string[]":
      return TEXT;
    case "number":
    case "number[]":
    case "date":
      return ORDERED;
    case "boolean":
      return FLAG;
  }
}

/** The language of `search`: every operator, case-insensitive values, `co` only on the properties given. */
export function searchLanguage(types: AttributeTypes, contains: ReadonlySet<string>): Language {
  return {
    types,
    collation: ignoringCase,
    operators: (property, type) => searchOperators(type, contains.has(property)),
    insteadOfNotEqual(property, type, literal) {
      switch (type) {
        case "boolean":
          return `Write ${property} eq ${literal === "true" ? "false" : "true"}.`;
        case "string[]":
        case "number[]":
          return "Nothing replaces it for an array: lt and gt hold as soon as one element fulfils them.";
        default:
          return `Write (${property} lt ${literal} or ${property} gt ${literal}).`;
      }
    },
    insteadOfNot: "Write the opposite comparison, such as (a lt x or a gt x) for a value other than x.",
  };
}

/** The language of `filter`: `eq`, dates also with `gt`, `ge`, `lt` and `le`, case-sensitive values. */
export function filterLanguage(types: AttributeTypes): Language {
  return {
    types,
    collation: exactly,
    operators: (_property, type) => (type === "date" ? FILTER_DATE : FILTER_ANY),
    insteadOfNotEqual: (property, type) =>
      type === "date"
        ? `Compare ${property} with gt, ge, lt and le.`
        : `List the wanted values: ${property} eq "..." or ${property} eq "..."; or use search.`,
    insteadOfNot: "List the wanted values with eq and or, or use search.",
  };
}
