import { OktaError } from "./error.ts";
import { type Predicate, QueryError } from "./query/index.ts";

/** How a list is asked for: at most one of them. */
export interface Conditions {
  readonly search: string | null;
  readonly filter: string | null;
  readonly q: string | null;
}

/** @throws OktaError 400 E0000033 search with filter, E0000063 `q` with one of them */
export function conditionsOf(query: URLSearchParams): Conditions {
  const search = query.get("search");
  const filter = query.get("filter");
  const q = query.get("q");
  if (search !== null && filter !== null) throw new OktaError("E0000033");
  // unverified: `q` beside one of the others.
  if (q !== null && (search !== null || filter !== null)) throw new OktaError("E0000063");
  return { search, filter, q };
}

/** Okta names no position; the sandbox adds one so that a reader can find the mistake. */
export function understood(parse: () => Predicate): Predicate {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if (error.kind === "date") throw new OktaError("E0000030");
    throw new OktaError("E0000031", ["Invalid search syntax.", `At position ${error.position}: ${error.message}`]);
  }
}
