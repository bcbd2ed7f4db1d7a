import type { AttributeTypes, Node } from "./ast.ts";
import { compile, type Subject } from "./evaluate.ts";
import { filterLanguage, type Language, searchLanguage } from "./language.ts";
import { parse } from "./parse.ts";

export type {
  And,
  AttributeType,
  AttributeTypes,
  BooleanComparison,
  Comparison,
  ComparisonOperator,
  DateComparison,
  IndexableTerm,
  Node,
  NumberComparison,
  Or,
  Present,
  StringComparison,
} from "./ast.ts";
export { indexable } from "./ast.ts";
export type { QueryErrorKind } from "./error.ts";
export { QueryError } from "./error.ts";
export type { Subject } from "./evaluate.ts";
export { fold } from "./fold.ts";
export { MAX_DEPTH, MAX_LENGTH } from "./parse.ts";

/** A parsed expression, ready to be asked about any number of subjects. */
export interface Predicate {
  readonly ast: Node;
  matches(subject: Subject): boolean;
}

export interface SearchOptions {
  /** The properties on which `co` works, {@link USER_CONTAINS} by default. Only single strings can take it. */
  readonly contains?: Iterable<string>;
}

/** The user properties on which `co` works (OpenAPI 2026.06.3). */
export const USER_CONTAINS: readonly string[] = [
  "profile.firstName",
  "profile.lastName",
  "profile.email",
  "profile.login",
];

/** The group properties on which `co` works (OpenAPI 2026.06.3). */
export const GROUP_CONTAINS: readonly string[] = ["profile.name", "profile.description"];

/** The properties that `filter` knows on users (OpenAPI 2026.06.3). */
export const USER_FILTER_PROPERTIES: AttributeTypes = {
  status: "string",
  lastUpdated: "date",
  id: "string",
  "profile.login": "string",
  "profile.email": "string",
  "profile.firstName": "string",
  "profile.lastName": "string",
};

/** The properties that `filter` knows on groups (OpenAPI 2026.06.3). */
export const GROUP_FILTER_PROPERTIES: AttributeTypes = {
  id: "string",
  type: "string",
  lastUpdated: "date",
  lastMembershipUpdated: "date",
};

/**
 * Parses a `search` expression, such as `profile.department eq "Sales" and (created gt "2021-01-01T00:00:00.000Z" or
 * status eq "STAGED")`.
 *
 * Documented (OpenAPI 2026.06.3 and Okta's core API pages): `and` binds tighter than `or`; operators `eq sw co pr gt
 * ge lt le` in any case; case-sensitive property names; string values without regard to case but with regard to
 * diacritics; strings compare lexicographically, dates chronologically; an array matches if any element does; there is
 * no `ne`. Chosen, because unverified: the errors for wrong literals, booleans only with `eq` and `pr`, and `sw` only
 * on strings.
 *
 * @param types every property that may be named; anything else is an error and never a match for all or nothing
 * @throws QueryError if the text is not such an expression
 */
export function parseSearch(text: string, types: AttributeTypes, options: SearchOptions = {}): Predicate {
  return predicate(text, searchLanguage(types, new Set(options.contains ?? USER_CONTAINS)));
}

/**
 * Parses a `filter` expression, such as `status eq "ACTIVE" and lastUpdated gt "2021-01-01T00:00:00.000Z"`.
 *
 * Documented (OpenAPI 2026.06.3): a short list of properties; `eq` only, for dates also `gt ge lt le`; `and`, `or` and
 * parentheses; no `not`; property names and values are case-sensitive, operators are not.
 *
 * @param properties what may be named, the users' list by default
 * @throws QueryError if the text is not such an expression; of kind `date` for a date literal that is none
 */
export function parseFilter(text: string, properties: AttributeTypes = USER_FILTER_PROPERTIES): Predicate {
  return predicate(text, filterLanguage(properties));
}

function predicate(text: string, language: Language): Predicate {
  const ast = parse(text, language);
  return { ast, matches: compile(ast, language.collation) };
}
