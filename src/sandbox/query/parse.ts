import type { AttributeType, Comparison, ComparisonOperator, Node } from "./ast.ts";
import { instant } from "./dates.ts";
import { QueryError } from "./error.ts";
import { operatorHint, propertyHint, quote } from "./hints.ts";
import type { Language } from "./language.ts";
import { nextToken, type Token } from "./tokens.ts";

/**
 * The longest expression that is read, in UTF-16 code units. Okta says only that an overly long query can fail
 * (OpenAPI 2026.06.3); the figure is a choice.
 */
export const MAX_LENGTH = 16_384;

/** How deeply parentheses may be nested: a choice, far above any expression that a person or program writes. */
export const MAX_DEPTH = 100;

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const COMPARISON_OPERATORS: readonly ComparisonOperator[] = ["eq", "sw", "co", "gt", "ge", "lt", "le"];

/** @throws QueryError for everything that is not an expression of the language. */
export function parse(text: string, language: Language): Node {
  if (text.length > MAX_LENGTH) {
    throw new QueryError("syntax", `The expression is longer than ${MAX_LENGTH} characters.`, MAX_LENGTH);
  }
  return new Parser(text, language).parse();
}

/**
 * ```
 * expression  = conjunction *( "or" conjunction )
 * conjunction = term *( "and" term )
 * term        = "(" expression ")" / property "pr" / property operator literal
 * ```
 */
class Parser {
  readonly #text: string;
  readonly #language: Language;
  #token: Token;

  constructor(text: string, language: Language) {
    this.#text = text;
    this.#language = language;
    this.#token = nextToken(text, 0);
  }

  parse(): Node {
    const node = this.#expression(0);
    const rest = this.#token;
    if (rest.kind === "close") {
      throw new QueryError("syntax", "This closing parenthesis has no opening one.", rest.position);
    }
    if (rest.kind !== "end") throw this.#missingConnector();
    return node;
  }

  #expression(depth: number): Node {
    const children = [this.#conjunction(depth)];
    while (this.#skipKeyword("or")) children.push(this.#conjunction(depth));
    return combine("or", children);
  }

  #conjunction(depth: number): Node {
    const children = [this.#term(depth)];
    while (this.#skipKeyword("and")) children.push(this.#term(depth));
    return combine("and", children);
  }

  #term(depth: number): Node {
    const token = this.#token;
    switch (token.kind) {
      case "open":
        return this.#group(depth + 1);
      case "word":
        return this.#condition(token.text, token.position);
      case "string":
        throw new QueryError("syntax", "A property name is written without quotes.", token.position);
      default:
        throw new QueryError("syntax", "A comparison is missing here.", token.position);
    }
  }

  #group(depth: number): Node {
    const opening = this.#advance();
    if (depth > MAX_DEPTH) {
      throw new QueryError("syntax", `Parentheses are nested more than ${MAX_DEPTH} deep.`, opening.position);
    }
    const node = this.#expression(depth);
    if (this.#token.kind === "end") {
      throw new QueryError("syntax", "This opening parenthesis has no closing one.", opening.position);
    }
    if (this.#token.kind !== "close") throw this.#missingConnector();
    this.#advance();
    return node;
  }

  #condition(property: string, position: number): Node {
    const type = this.#typeOf(property, position);
    this.#advance();
    const token = this.#token;
    if (token.kind !== "word") {
      throw new QueryError("syntax", `An operator is missing after ${quote(property)}.`, token.position);
    }
    this.#advance();
    const word = token.text.toLowerCase();
    const allowed = this.#language.operators(property, type);
    if (word === "pr" && allowed.includes("pr")) return { kind: "present", property };
    const op = COMPARISON_OPERATORS.find((candidate) => candidate === word);
    if (op === undefined || !allowed.includes(op)) {
      const literal = this.#text.slice(this.#token.position, this.#token.end);
      const hint = operatorHint(this.#language, property, type, token.text, literal);
      throw new QueryError("operator", hint, token.position);
    }
    return this.#comparison(property, type, op);
  }

  #typeOf(property: string, position: number): AttributeType {
    const { types } = this.#language;
    const type = Object.hasOwn(types, property) ? types[property] : undefined;
    if (type !== undefined) return type;
    switch (property.toLowerCase()) {
      case "and":
      case "or":
        throw new QueryError("syntax", `A comparison is missing before ${quote(property)}.`, position);
      case "not":
        throw new QueryError("operator", `There is no not. ${this.#language.insteadOfNot}`, position);
      default:
        throw new QueryError("property", propertyHint(types, property), position);
    }
  }

  #comparison(property: string, type: AttributeType, op: ComparisonOperator): Comparison {
    const token = this.#advance();
    const literal = literalOf(token);
    const mismatch = (expected: string): QueryError =>
      new QueryError("type", `${quote(property)} is compared with ${expected}.`, token.position);
    switch (type) {
      case "string":
      case "string[]":
        if (typeof literal !== "string") throw mismatch("a string in double quotes");
        return { kind: "compare", property, op, type, value: literal };
      case "number":
      case "number[]":
        if (typeof literal !== "number") throw mismatch("a number without quotes");
        return { kind: "compare", property, op, type, value: literal };
      case "boolean":
        if (typeof literal !== "boolean") throw mismatch("true or false without quotes");
        return { kind: "compare", property, op, type, value: literal };
      case "date": {
        if (typeof literal !== "string") throw mismatch("a date in double quotes");
        const time = instant(literal);
        if (time === undefined) {
          const form = 'Dates have the form "2021-01-31T12:00:00.000Z" or "2021-01-31T12:00:00.000-07:00".';
          throw new QueryError("date", `Not a date: ${quote(literal)}. ${form}`, token.position);
        }
        return { kind: "compare", property, op, type, value: literal, instant: time };
      }
    }
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = nextToken(this.#text, token.end);
    return token;
  }

  #skipKeyword(keyword: "and" | "or"): boolean {
    const token = this.#token;
    if (token.kind !== "word" || token.text.toLowerCase() !== keyword) return false;
    this.#advance();
    return true;
  }

  #missingConnector(): QueryError {
    const { position, end } = this.#token;
    const found = quote(this.#text.slice(position, end));
    return new QueryError("syntax", `Expected and or or, or the end of the expression, but found ${found}.`, position);
  }
}

function combine(kind: "and" | "or", children: readonly Node[]): Node {
  const [first] = children;
  return first !== undefined && children.length === 1 ? first : { kind, children };
}

function literalOf(token: Token): string | number | boolean {
  if (token.kind === "string") return token.value;
  if (token.kind !== "word") throw new QueryError("syntax", "A value is missing here.", token.position);
  const { text, position } = token;
  if (text === "true") return true;
  if (text === "false") return false;
  if (NUMBER.test(text)) {
    const number = Number(text);
    if (Number.isFinite(number)) return number;
    throw new QueryError("type", `${quote(text)} is too large a number.`, position);
  }
  throw new QueryError(
    "syntax",
    `${quote(text)} is not a value: strings and dates stand in double quotes, numbers are written as in JSON, booleans are true and false.`,
    position,
  );
}
