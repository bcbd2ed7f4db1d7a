import { inertText, type Outcome } from "../../src/job.ts";
import { isJsonObject } from "../../src/schema.ts";

/** The code of a step that failed; undefined of one that went well. */
export function codeOf({ failed, reply }: Outcome): string | undefined {
  if (!failed) return undefined;
  return isJsonObject(reply.error) && typeof reply.error.code === "string" ? reply.error.code : "bad_response";
}

/** What was said of a failure, with its first cause: Okta's summary alone names no field (recorded). */
export function saidOf({ reply: { error } }: Outcome): string {
  const { summary, causes } = isJsonObject(error) ? error : {};
  const said = [summary, ...(Array.isArray(causes) ? causes.slice(0, 1) : [])];
  return inertText(said.filter((text) => typeof text === "string").join("; "), 160);
}

/** What fails so for one call would fail so for any other at this moment: a job stops, and a later call goes on. */
export const FAILS_FOR_ALL: readonly string[] = [
  ...["rate_limited", "cancelled", "timeout", "unreachable", "not_done", "unauthorized", "journal_unavailable"],
  ...["E0000011", "E0000047"],
];
