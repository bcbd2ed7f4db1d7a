import { errorId } from "./id.ts";

/**
 * Code -> HTTP status and summary. `{0}` is filled by the caller. Texts are Okta's published error table; where a
 * recording exists it is word for word the same.
 */
const ERRORS = {
  E0000001: [400, "Api validation failed: {0}"],
  E0000003: [400, "The request body was not well-formed."],
  E0000006: [403, "You do not have permission to perform the requested action"],
  E0000007: [404, "Not found: {0}"],
  E0000009: [500, "Internal Server Error"],
  E0000011: [401, "Invalid token provided"],
  E0000014: [403, "Update of credentials failed"],
  E0000015: [401, "You do not have permission to access the feature you are requesting"],
  E0000016: [403, "Activation failed because the user is already active"],
  E0000021: [400, "Bad request.  Accept and/or Content-Type headers likely do not match supported values."],
  E0000022: [405, "The endpoint does not support the provided HTTP method"],
  E0000023: [403, "Operation failed because user profile is mastered under another system"],
  E0000029: [400, "Invalid paging request."],
  E0000030: [
    400,
    "Bad request. Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ, e.g. 2013-01-01T12:00:00.000-07:00.",
  ],
  E0000031: [400, "Invalid search criteria."],
  E0000032: [403, "Unlock is not allowed for this user."],
  E0000033: [400, "Bad request. Can't specify a search query and filter in the same request."],
  E0000034: [403, "Forgot password not allowed on specified user."],
  E0000035: [403, "Change password not allowed on specified user."],
  E0000036: [403, "Change recovery question not allowed on specified user."],
  E0000037: [400, "Type mismatch exception. {0}"],
  E0000038: [403, "This operation is not allowed in the user's current status."],
  E0000047: [429, "API call exceeded rate limit due to too many requests."],
  E0000060: [501, "Unsupported operation."],
  E0000063: [400, "Invalid combination of parameters specified."],
  E0000068: [403, "Invalid Passcode/Answer"],
  E0000087: [403, "The recovery question answer did not match our records."],
  E0000090: [409, "The role specified is already assigned to the user."],
  E0000091: [400, "The provided role type was not the same as required role type."],
  E0000093: [400, "Target count limit exceeded"],
  E0000107: [403, "The entity is not in the expected state for the requested transition."],
  E0000112: [409, "Cannot update this user because they are still being activated. Please try again in a few minutes."],
  E0000124: [
    400,
    "Could not create user. To create a user and expire their password immediately, a password must be specified.",
  ],
  E0000125: [
    400,
    "Could not create user. To create a user and expire their password immediately, `activate` must be true.",
  ],
  E0000127: [409, "Invalid linked objection definition. {0}"],
  E0000231: [412, "ETag value doesn't match."],
  E0000242: [400, "ETag syntax is invalid."],
  E0000263: [409, "Attempted to assign a duplicate standard role assignment to an admin"],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof ERRORS;

/** A refusal on its way to the caller; the server turns it into Okta's error body. */
export class OktaError extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly causes: readonly string[];

  constructor(code: ErrorCode, causes: readonly string[] = [], argument = "") {
    const [status, summary] = ERRORS[code];
    super(summary.replace("{0}", argument));
    this.status = status;
    this.code = code;
    this.causes = causes;
  }
}

/** 400 E0000001: `subject` is the first failing field or a pseudo-field such as `newUser` (behaviour: recorded). */
export function invalid(subject: string, ...causes: readonly string[]): OktaError {
  return new OktaError("E0000001", causes, subject);
}

/** 404 E0000007 in the recorded wording; `asked` is repeated as the caller wrote it. */
export function notFound(asked: string, entity: string): OktaError {
  return new OktaError("E0000007", [], `Resource not found: ${asked} (${entity})`);
}

/** 501 for what the sandbox lacks: loud, so that nobody takes a gap for an answer of Okta's. */
export function notServed(what: string): OktaError {
  return new OktaError("E0000060", [`The sandbox does not serve ${what}.`]);
}

/** The JSON body of a refusal, keys in the recorded order. */
export function errorBody(error: OktaError): object {
  return {
    errorCode: error.code,
    errorSummary: error.message,
    errorLink: error.code,
    errorId: errorId(),
    errorCauses: error.causes.map((errorSummary) => ({ errorSummary })),
  };
}
