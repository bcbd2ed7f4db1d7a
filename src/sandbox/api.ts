import type { IncomingHttpHeaders } from "node:http";
import { withHeaders } from "./answer.ts";
import { credentialRoutes } from "./credentials.ts";
import { errorBody, notServed, OktaError } from "./error.ts";
import { grantRoutes } from "./grants.ts";
import { lifecycleRoutes } from "./lifecycle.ts";
import { linkedObjectRoutes } from "./linked-objects.ts";
import { resourceRoutes } from "./resources.ts";
import { roleTargetRoutes } from "./role-targets.ts";
import { isAdmin, roleRoutes } from "./roles.ts";
import type { Answer, Call } from "./route.ts";
import { type Match, router } from "./router.ts";
import { schemaRoutes } from "./schemas.ts";
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
  ...schemaRoutes,
]);

/** Does the work of one API request: token, rate limit, route, and errors in Okta's form. */
export function answerApi(state: State, request: ApiRequest): Answer {
  const { method, path } = request;
  let rate = state.limiter.look(method, path);
  try {
    const caller = authenticate(state, request.headers.authorization);
    rate = state.limiter.take(method, path);
    if (!rate.allowed) throw new OktaError("E0000047");
    return withHeaders(handle(state, request, caller), rate);
  } catch (error) {
    // A fault of the sandbox itself must not look like a lost connection.
    const known = error instanceof OktaError ? error : new OktaError("E0000009", [`Sandbox: ${String(error)}`]);
    const challenge: Record<string, string> = known.code === "E0000011" ? { "www-authenticate": "SSWS" } : {};
    return withHeaders({ status: known.status, body: errorBody(known), headers: challenge }, rate);
  }
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

function handle(state: State, request: ApiRequest, caller: User): Answer {
  const { method, path, headers, body, origin } = request;
  const match = matched(request);
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
