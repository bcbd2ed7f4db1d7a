import type { IncomingHttpHeaders } from "node:http";
import { credentialRoutes } from "./credentials.ts";
import { errorBody, notServed, OktaError } from "./error.ts";
import { grantRoutes } from "./grants.ts";
import { requestId } from "./id.ts";
import { lifecycleRoutes } from "./lifecycle.ts";
import { linkedObjectRoutes } from "./linked-objects.ts";
import { type RateState, rateHeaders } from "./rate-limit.ts";
import { resourceRoutes } from "./resources.ts";
import { roleTargetRoutes } from "./role-targets.ts";
import { isAdmin, roleRoutes } from "./roles.ts";
import type { Answer, Call } from "./route.ts";
import { type Match, router } from "./router.ts";
import type { State } from "./state.ts";
import { tokenRoutes } from "./tokens.ts";
import type { User } from "./user.ts";
import { userRoutes } from "./users.ts";

/** A request with its body read. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly origin: string;
}

const find = router([
  ...userRoutes,
  ...lifecycleRoutes,
  ...credentialRoutes,
  ...resourceRoutes,
  ...grantRoutes,
  ...tokenRoutes,
  ...linkedObjectRoutes,
  ...roleRoutes,
  ...roleTargetRoutes,
]);

/** Headers every answer carries (behaviour: recorded). */
const ALWAYS = {
  server: "nginx",
  vary: "Accept-Encoding",
  "accept-ch": "Sec-CH-UA-Platform-Version",
  "cache-control": "no-cache, no-store",
  pragma: "no-cache",
  expires: "0",
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
} as const;

/** Does the work of one API request: token, rate limit, route, and errors in Okta's form. */
export function answerApi(state: State, request: ApiRequest): Answer {
  const match = matched(request);
  const template = match.kind === "found" ? match.route.path : request.path;
  let rate = state.limiter.look(request.method, template);
  try {
    const caller = authenticate(state, request.headers.authorization);
    rate = state.limiter.take(request.method, template);
    if (!rate.allowed) throw new OktaError("E0000047");
    return withHeaders(handle(state, request, match, caller), rate);
  } catch (error) {
    if (!(error instanceof OktaError)) throw error;
    const challenge: Record<string, string> = error.code === "E0000011" ? { "www-authenticate": "SSWS" } : {};
    return withHeaders({ status: error.status, body: errorBody(error), headers: challenge }, rate);
  }
}

/** The answer with the headers that every answer has. */
export function withHeaders(answer: Answer, rate: RateState): Answer {
  return {
    ...answer,
    headers: { ...ALWAYS, "x-okta-request-id": requestId(), ...rateHeaders(rate), ...answer.headers },
  };
}

function matched({ method, path }: ApiRequest): Match {
  const segments = path.slice(1).split("/").map(decoded);
  return segments.includes(undefined)
    ? { kind: "unknown" }
    : find(
        method,
        segments.filter((s) => s !== undefined),
      );
}

function handle(state: State, request: ApiRequest, match: Match, caller: User): Answer {
  const { method, path, headers, body, origin } = request;
  if (!isAdmin(state.org, caller)) throw new OktaError("E0000006");
  if (match.kind === "wrong-method") throw new OktaError("E0000022");
  if (match.kind === "unknown") throw notServed(`${method} ${path}`);
  if (body !== "" && !/^application\/json\b/i.test(headers["content-type"] ?? "")) throw new OktaError("E0000021");
  const query = new URLSearchParams(request.query);
  const call: Call = { org: state.org, method, path, query, headers, body, origin, params: match.params, caller };
  return match.route.handle(call);
}

/** The owner of the SSWS token. A token dies with its owner's deactivation (Okta's API token documentation). */
function authenticate({ org, settings }: State, authorization: string | undefined): User {
  const owner = authorization === `SSWS ${settings.token}` ? org.users.byId(org.ownerId) : undefined;
  if (owner === undefined || owner.status === "DEPROVISIONED") throw new OktaError("E0000011");
  return owner;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
