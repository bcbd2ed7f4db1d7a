import type { AttributeType, AttributeTypes } from "./ast.ts";
import type { Language, Operator } from "./language.ts";

const LONGEST_QUOTE = 60;

/** What other query languages write for an operator of this one. */
const ALIASES: ReadonlyMap<string, Operator> = new Map([
  ["=", "eq"],
  ["==", "eq"],
  ["===", "eq"],
  ["is", "eq"],
  [">", "gt"],
  [">=", "ge"],
  ["gte", "ge"],
  ["<", "lt"],
  ["<=", "le"],
  ["lte", "le"],
  ["startswith", "sw"],
  ["contains", "co"],
  ["like", "co"],
  ["exists", "pr"],
  ["present", "pr"],
]);
const NOT_EQUAL: ReadonlySet<string> = new Set(["ne", "!=", "<>", "neq"]);

/** A piece of the caller's text as it may appear in a message: quoted, escaped and shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

/** The message for a property that cannot be queried, with the name that was probably meant. */
export function propertyHint(types: AttributeTypes, property: string): string {
  const wanted = new Set([property.toLowerCase(), `profile.${property}`.toLowerCase()]);
  const similar = Object.keys(types).find((name) => wanted.has(name.toLowerCase()));
  const suggestion = similar === undefined ? "" : ` Did you mean ${similar}?`;
  return `There is no property ${quote(property)} to query; names are case-sensitive.${suggestion}`;
}

/** The message for an operator that does not exist or does not apply, with what to write instead. */
export function operatorHint(
  language: Language,
  property: string,
  type: AttributeType,
  operator: string,
  literal: string,
): string {
  const word = operator.toLowerCase();
  const allowed = language.operators(property, type);
  const short = literal === "" ? '"..."' : literal.slice(0, LONGEST_QUOTE);
  if (NOT_EQUAL.has(word)) return `There is no ne. ${language.insteadOfNotEqual(property, type, short)}`;

  const choice = `${quote(property)} takes ${allowed.join(", ")}.`;
  if (word === "ew") return `There is no ew, and nothing replaces it. ${choice}`;
  const alias = ALIASES.get(word);
  if (alias !== undefined && allowed.includes(alias)) return `There is no ${quote(operator)}; write ${alias}.`;
  if (word === "not") return `There is no not. ${language.insteadOfNot}`;
  if (word === "co" || alias === "co") {
    const elsewhere = Object.keys(language.types).filter((name) => {
      const other = language.types[name];
      return other !== undefined && language.operators(name, other).includes("co");
    });
    if (elsewhere.length > 0) return `co works only on ${elsewhere.join(", ")}. ${choice}`;
  }
  return `${quote(operator)} is not an operator for this property. ${choice}`;
}
