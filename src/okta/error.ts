/** What went wrong between us and Okta, beside Okta's own `E...` codes. */
export type FailureCode =
  | "rate_limited"
  | "timeout"
  | "unreachable"
  | "outcome_unknown"
  | "not_done"
  | "bad_response"
  | "unauthorized"
  | "insufficient_scope"
  | "cancelled";

export interface Failure {
  /** Okta's `E...` code or one of ours. */
  readonly code: FailureCode | `E${number}`;
  readonly summary: string;
  readonly status?: number | undefined;
  readonly causes?: readonly string[] | undefined;
  readonly requestId?: string | undefined;
  /** When a write was sent whose outcome is unknown, in epoch milliseconds of the org's clock. */
  readonly sentAt?: number | undefined;
  /** The OAuth scope that is missing. */
  readonly scope?: string | undefined;
  /** When a call can be sent again, ISO 8601. */
  readonly retryAt?: string | undefined;
}

/** A request that did not bring what was asked. Texts come from Okta as they are: escape them before showing. */
export class OktaError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.code);
    this.name = "OktaError";
    this.failure = failure;
  }
}

/** A value that cannot go on the wire; `field` is the argument it was for. Nothing was sent. */
export class UnsendableError extends Error {
  readonly field: string;
  readonly problem: string;

  constructor(field: string, problem: string) {
    super(`${field} ${problem}`);
    this.name = "UnsendableError";
    this.field = field;
    this.problem = problem;
  }
}

/** The documented error body of Okta's API (recorded), or undefined when `body` is something else. */
export function parseErrorBody(body: unknown): { code: `E${number}`; summary: string; causes: string[] } | undefined {
  if (typeof body !== "object" || body === null || !("errorCode" in body)) return undefined;
  const { errorCode } = body;
  if (!isOktaCode(errorCode)) return undefined;
  const summary = "errorSummary" in body && typeof body.errorSummary === "string" ? body.errorSummary : "";
  const list = "errorCauses" in body && Array.isArray(body.errorCauses) ? body.errorCauses : [];
  const causes = list.flatMap((cause: unknown) =>
    typeof cause === "object" && cause !== null && "errorSummary" in cause && typeof cause.errorSummary === "string"
      ? [cause.errorSummary]
      : [],
  );
  return { code: errorCode, summary, causes };
}

function isOktaCode(value: unknown): value is `E${number}` {
  return typeof value === "string" && /^E\d{7}$/.test(value);
}
