import { type JobContext, type JobOkta, OktaError, Refusal } from "../../src/job.ts";
import { isJsonObject, type JsonObject } from "../../src/schema.ts";
import { listUsers } from "../users.ts";

/** Everybody, DEPROVISIONED too: a plain list leaves these out, a search does not (documented). */
export const EVERYBODY = "id pr";

/** Okta's largest page (documented). */
const PAGE = 200;

/** Older documentation says that a search ends after so many, however many there are. */
const LONGEST_SEARCH = 50_000;

/** What is left of a call when it stops to tell what it has, in milliseconds. */
const SPARE_MS = 2_500;

/** Not every page is told. */
const BETWEEN_REPORTS_MS = 1_000;

/** Where a scan goes on: the cursor, and how many there were before. */
export interface Place {
  readonly after?: string;
  readonly seen: number;
}

export const START: Place = { seen: 0 };

export interface Walk {
  readonly search: string;
  /** As Okta's `fields`: the fewer, the faster. */
  readonly fields: string;
  readonly from?: Place;
  /** What progress says after the number of people, e.g. `people counted`. */
  readonly doing: string;
}

export interface Scanned {
  readonly requests: number;
  /** Where to go on when time was over; undefined when everybody was seen. */
  readonly rest: Place | undefined;
  /** What it met then; undefined where the call's own time was over. */
  readonly why: OktaError | undefined;
}

/**
 * Shows everybody whom a search finds, page by page, with two pages in memory at most. Ends before the call must,
 * and where Okta did not let it go on in time; throws what Okta says else.
 */
export async function scan(
  okta: JobOkta,
  context: Pick<JobContext, "deadline" | "progress">,
  { search, fields, from = START, doing }: Walk,
  onPage: (users: readonly JsonObject[]) => void | Promise<void>,
): Promise<Scanned> {
  let [place, requests, told] = [from, 0, Date.now()];
  const first = { search, fields, limit: PAGE, oktaResponse: LEAN, ...(from.after && { after: from.after }) };
  try {
    for await (const { body, next } of okta.pages(listUsers, first)) {
      const users = usersOf(body);
      requests += 1;
      await onPage(users);
      const seen = place.seen + users.length;
      if (next === undefined && seen === LONGEST_SEARCH) throw cut();
      place = { ...(next && { after: next }), seen };
      if (Date.now() - told > BETWEEN_REPORTS_MS) {
        told = Date.now();
        context.progress(`${seen} ${doing} so far.`, seen);
      }
      if (next !== undefined && Date.now() > context.deadline - SPARE_MS)
        return { requests, rest: place, why: undefined };
    }
  } catch (error) {
    if (requests === 0 || !isOutOfTime(error)) throw error;
    return { requests, rest: place, why: error };
  }
  return { requests, rest: undefined, why: undefined };
}

/** Parts of a user that no scan looks at; Okta is faster without all three (documented). */
const LEAN = ["omitCredentials", "omitCredentialsLinks", "omitTransitioningToStatus"];

/** Nobody can search for the rest: ids are compared without their case (documented), so none stands for a place. */
function cut(): Refusal {
  return new Refusal("bad_response", `The list ended after ${LONGEST_SEARCH} people, which may not be all.`, {
    hint: "Some orgs end every search there. Narrow it with search, one part after the other.",
  });
}

function usersOf(body: unknown): JsonObject[] {
  if (!Array.isArray(body) || !body.every(isJsonObject))
    throw new OktaError({ code: "bad_response", summary: "Okta's answer is not a list of users." });
  return body;
}

function isOutOfTime(error: unknown): error is OktaError {
  return error instanceof OktaError && ["timeout", "rate_limited"].includes(error.failure.code);
}
