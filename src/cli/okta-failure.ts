import { ConfigError } from "../config-error.ts";
import { inertText } from "../inert.ts";
import { OktaError } from "../okta/error.ts";

/** What went wrong with Okta as one line for a person, with what Okta itself said. */
export function failureText({ failure }: OktaError): string {
  const causes = (failure.causes ?? []).map((cause) => inertText(cause, 300));
  const request = failure.requestId === undefined ? [] : [`request ${inertText(failure.requestId, 60)}`];
  const more = [...causes, ...request].join("; ");
  return inertText(failure.summary) + (more === "" ? "" : ` (${more})`);
}

/** Runs a command's work; what Okta refuses ends it with one line. `then` says what that means for the command. */
export async function orSay<T>(act: () => Promise<T>, then = ""): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof OktaError)) throw error;
    throw new ConfigError(`${failureText(error)}${then === "" ? "" : ` ${then}`}`);
  }
}
