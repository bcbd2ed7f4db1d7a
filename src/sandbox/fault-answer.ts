import { withHeaders } from "./answer.ts";
import { exactNow } from "./clock.ts";
import { errorBody, OktaError } from "./error.ts";
import type { Fault } from "./faults.ts";
import type { RateState } from "./rate-limit.ts";
import type { Answer } from "./route.ts";

/** More than a careful client reads: 17 MB. */
const HUGE = 17 * 1024 * 1024;

/** The answer a fault gives in place of the work; undefined for faults that let the work be done. */
export function insteadOfWork(fault: Fault, rate: RateState): Answer | undefined {
  const { headers, status } = fault;
  switch (fault.kind) {
    case "status": {
      const body = errorBody(new OktaError(status === 429 ? "E0000047" : "E0000009"));
      return withHeaders({ status, body, headers }, limited(fault, rate));
    }
    case "redirect":
      return withHeaders({ status: 302, headers: { location: "http://127.0.0.1:9/elsewhere", ...headers } }, rate);
    case "huge":
      return withHeaders({ status: 200, body: [{ padding: "x".repeat(HUGE) }], headers }, rate);
    case "html": {
      const raw = "<!doctype html><html><body><h1>Bad gateway</h1></body></html>";
      return withHeaders({ status, raw, headers: { "content-type": "text/html", ...headers } }, limited(fault, rate));
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

/** With a 429 comes a bucket that is used up until the time the fault says. */
function limited({ status, resetInSeconds }: Fault, rate: RateState): RateState {
  return status === 429 ? { ...rate, remaining: 0, reset: Math.ceil(exactNow() / 1000) + resetInSeconds } : rate;
}
