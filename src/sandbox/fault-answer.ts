import { withHeaders } from "./answer.ts";
import { errorBody, OktaError } from "./error.ts";
import type { Fault } from "./faults.ts";
import type { RateState } from "./rate-limit.ts";
import type { Answer } from "./route.ts";

/** More than a careful client reads: 17 MB. */
const HUGE = 17 * 1024 * 1024;

/** The answer a fault gives in place of the work; undefined for faults that let the work be done. */
export function insteadOfWork(fault: Fault, rate: RateState): Answer | undefined {
  const { headers } = fault;
  switch (fault.kind) {
    case "status": {
      if (fault.status !== 429) {
        return withHeaders({ status: fault.status, body: errorBody(new OktaError("E0000009")), headers }, rate);
      }
      const reset = Math.ceil(Date.now() / 1000) + fault.resetInSeconds;
      const body = errorBody(new OktaError("E0000047"));
      return withHeaders({ status: 429, body, headers }, { ...rate, remaining: 0, reset });
    }
    case "redirect":
      return withHeaders({ status: 302, headers: { location: "http://127.0.0.1:9/elsewhere", ...headers } }, rate);
    case "huge":
      return withHeaders({ status: 200, body: [{ padding: "x".repeat(HUGE) }], headers }, rate);
    case "html": {
      const raw = "<!doctype html><html><body><h1>Bad gateway</h1></body></html>";
      return withHeaders({ status: fault.status, raw, headers: { "content-type": "text/html", ...headers } }, rate);
    }
    default:
      return undefined;
  }
}

/** The answer after the work, made unreadable where the fault says so. An empty 204 becomes a 200 that can be broken. */
export function spoiled(fault: Fault | undefined, answer: Answer): Answer {
  if (fault?.kind !== "bad-json" && fault?.kind !== "truncate") return answer;
  const status = answer.status === 204 ? 200 : answer.status;
  if (fault.kind === "bad-json") return { ...answer, status, raw: '{"id":"00u' };
  return { ...answer, status, body: answer.body ?? { padding: "x".repeat(100) } };
}
