/**
 * What is wrong with an expression:
 * - `syntax`: it does not follow the grammar, or is too long or nested too deeply
 * - `property`: it names a property that cannot be queried
 * - `operator`: the operator does not exist, or does not apply to this property
 * - `type`: the literal does not fit the property's type
 * - `date`: the literal stands for a date but is not one
 */
export type QueryErrorKind = "syntax" | "property" | "operator" | "type" | "date";

/**
 * A search or filter expression that cannot be understood.
 *
 * `message` says what to write instead, where there is something. `position` is the 0-based offset, in UTF-16 code
 * units, of the offending part; it equals the length of the text if something is missing at its end.
 *
 * Okta itself answers every bad search with one fixed cause and no position, and has an own error code for a bad date
 * in a filter (E0000030, documented); `kind` lets the caller choose the code.
 */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly kind: QueryErrorKind;
  readonly position: number;

  constructor(kind: QueryErrorKind, message: string, position: number) {
    super(message);
    this.kind = kind;
    this.position = position;
  }
}
