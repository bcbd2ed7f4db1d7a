import { inertText } from "./inert.ts";
import { OktaError, UnsendableError } from "./okta/error.ts";
import type { Tool } from "./operation.ts";
import { Recorded } from "./recorded.ts";
import { Refusal } from "./refusal.ts";
import type { JsonObject } from "./schema.ts";
import { invalid } from "./validate.ts";

/** What to do about a failure, by its code. Texts of ours only: nothing Okta or a caller wrote. */
const HINTS: Readonly<Record<string, string>> = {
  E0000001: "Correct what causes names, then call again.",
  E0000003: "Okta does not know an argument or its form; check names and types against this tool's schema.",
  E0000006:
    "The token's owner, or the app, lacks the admin role for this. Ask an Okta admin for a role that covers it.",
  E0000007:
    "Check each id and name given: people with find_user, groups with list_groups, roles with list_assigned_roles_for_user.",
  E0000011: "OKTA_API_TOKEN is wrong, expired (30 days unused) or revoked: set a new one and restart the server.",
  E0000014: "The present password was wrong or the new one breaks the password policy; causes says which.",
  E0000015: "The org does not have this feature switched on.",
  E0000016: "The user is activated already; reactivate_user starts a pending activation anew.",
  E0000023: "The person comes from a directory or HR system: change them there.",
  E0000029: "The cursor is not valid any more: start again without after.",
  E0000031:
    "Correct the expression; strings in double quotes, no ne, not or ew. A stale cursor: start again without after.",
  E0000032: "Only LOCKED_OUT or blocked users can be unlocked; get_user shows the status.",
  E0000060: "Okta does not let this be changed by hand; of groups only type OKTA_GROUP can, get_group shows the type.",
  E0000063: "These arguments do not go together; leave one out.",
  E0000034: "Needs an ACTIVE user with a password; reset_password works from more statuses.",
  E0000038: "Not possible in the user's present status; get_user shows it.",
  E0000087: "The recovery answer is wrong; reset_password is the way without it.",
  E0000090: "The user has this role already; list_assigned_roles_for_user shows it.",
  E0000091: "This kind of target does not go with that role: apps with APP_ADMIN, groups with the group roles.",
  E0000112: "The user is still being activated; try again in a few minutes.",
  E0000231: "Somebody changed the user since: get_user with detail full, then decide again with the new etag.",
  not_done: "Nothing was sent. Check the network, OKTA_ORG_URL and HTTPS_PROXY, then call again.",
  rate_limited: "Wait until retryAt, then call again; nothing was done.",
  timeout: "Nothing was changed. Try again; OKTA_TIMEOUT_SECONDS sets how long to wait.",
  unreachable: "Nothing was changed. Check the network, OKTA_ORG_URL and HTTPS_PROXY, then try again.",
  bad_response: "Check that OKTA_ORG_URL is the org itself and that no proxy answers in its place.",
  unauthorized:
    "Whoever runs this server must mend the sign-in: the summary says what is wrong, okta-users-mcp doctor more.",
  cancelled: "Call again if it is still wanted.",
};

const MOST_CAUSES = 20;

/**
 * A failure as the model is told: a code, what Okta or we said, its causes, and what to do now. Texts from Okta are
 * made inert. An error nobody foresaw becomes `bad_response`, of a write `outcome_unknown`, without its text, which could
 * hold a secret.
 */
export function explain(error: unknown, tool: Tool, family = ""): JsonObject {
  if (error instanceof UnsendableError)
    return explain(invalid(tool, [`${error.field}: ${error.problem}`]), tool, family);
  if (error instanceof Recorded) {
    const { changeId, warning, cause } = error;
    return { ...explain(cause, tool, family), changeId, ...(warning === undefined ? {} : { warning }) };
  }
  if (error instanceof Refusal)
    return {
      error: { code: error.code, status: null, summary: error.summary, causes: few(error.causes), requestId: null },
      ...(error.preview ? { preview: error.preview } : {}),
      hint: error.hint,
    };
  if (error instanceof OktaError) {
    const { code, status, summary, causes, requestId, retryAt, scope } = error.failure;
    return {
      error: {
        code,
        status: status ?? null,
        summary: inertText(summary),
        causes: few((causes ?? []).map((cause) => inertText(cause, 500))),
        requestId: requestId === undefined ? null : inertText(requestId, 100),
        ...(retryAt === undefined ? {} : { retryAt }),
      },
      hint: code === "insufficient_scope" ? grant(scope ?? tool.scope, family) : hintFor(code, status, tool),
    };
  }
  const reads = tool.effect === "read";
  return {
    error: {
      code: reads ? "bad_response" : "outcome_unknown",
      status: null,
      summary: `The call failed inside the server${reads ? "." : ": it may or may not have been done."}`,
      causes: [],
      requestId: null,
    },
    hint: reads ? "Try again; the server's stderr says more." : findOut(tool),
  };
}

/** As many causes as a model can use; a reply must stay short however much went wrong. */
function few(causes: readonly string[]): string[] {
  const shown = causes.slice(0, MOST_CAUSES);
  return causes.length > shown.length ? [...shown, `… and ${causes.length - shown.length} more`] : shown;
}

function hintFor(code: string, status: number | undefined, tool: Tool): string {
  if (code === "outcome_unknown") return findOut(tool);
  if (status !== undefined && status >= 500 && status !== 501) return "Okta itself failed; try again later.";
  return (
    HINTS[code] ??
    "Read summary and causes; if they do not help, an Okta admin can look up requestId in the system log."
  );
}

/** What to do about a failure outside of any tool. */
export function adviceFor(code: string): string | undefined {
  return HINTS[code];
}

/** What an admin must do so that the sign-in gets a scope. */
function grant(scope: string, family: string): string {
  const who = family === "" ? "" : ` (tools of the family ${family})`;
  return `An Okta admin must grant ${scope}${who} under Okta API Scopes of the app; add it to OKTA_SCOPES if that is set, then restart the server, or log in again where a person is signed in.`;
}

/** How to learn whether a write with a lost answer was done. */
function findOut({ name, seenWith, idempotent }: Tool): string {
  if (seenWith === null)
    return idempotent
      ? "No read shows whether it was done; sending it again does no harm."
      : "No read shows whether it was done. Tell the person before sending it again.";
  return `Do not send ${name} again yet: first look with ${seenWith ?? "get_user (detail full)"} whether it was done.`;
}
