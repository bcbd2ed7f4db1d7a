import type { IncomingHttpHeaders } from "node:http";
import { withHeaders } from "./answer.ts";
import { assigneeRoutes } from "./assignees.ts";
import { credentialRoutes } from "./credentials.ts";
import { errorBody, notServed, OktaError } from "./error.ts";
import { factorRoutes } from "./factors.ts";
import { grantRoutes } from "./grants.ts";
import { groupMemberRoutes } from "./group-members.ts";
import { groupRoutes } from "./groups.ts";
import { lifecycleRoutes } from "./lifecycle.ts";
import { linkDefinitionRoutes, linkedObjectRoutes } from "./linked-objects.ts";
import { logRoutes } from "./log-list.ts";
import { Challenge } from "./oauth/challenge.ts";
import { answerOAuth, isOAuthEndpoint } from "./oauth/endpoints.ts";
import { OAuthError } from "./oauth/error.ts";
import { type ScopedRoute, scoped } from "./oauth/scopes.ts";
import { observed } from "./observe.ts";
import { requirePermission, visibleTo } from "./permissions.ts";
import { authenticate, type Principal } from "./principal.ts";
import { resourceRoutes } from "./resources.ts";
import { riskRoutes } from "./risk.ts";
import { roleTargetRoutes } from "./role-targets.ts";
import { roleRoutes } from "./roles.ts";
import type { Answer, Call } from "./route.ts";
import { type Match, router } from "./router.ts";
import type { State } from "./state.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { tokenRoutes } from "./tokens.ts";
import { schemaRoutes } from "./user-schema.ts";
import { userTypeRoutes } from "./user-types.ts";
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

/** Every route with the scope its family needs; a family cannot be served without one. */
export const apiRoutes: readonly ScopedRoute[] = [
  ...scoped("okta.users", userRoutes, lifecycleRoutes, credentialRoutes, resourceRoutes, factorRoutes),
  ...scoped("okta.users", grantRoutes, tokenRoutes, linkedObjectRoutes, subscriptionRoutes),
  ...scoped("okta.userRisk", riskRoutes),
  ...scoped("okta.linkedObjects", linkDefinitionRoutes),
  ...scoped("okta.roles", roleRoutes, roleTargetRoutes, assigneeRoutes),
  ...scoped("okta.schemas", schemaRoutes),
  ...scoped("okta.userTypes", userTypeRoutes),
  ...scoped("okta.groups", groupRoutes, groupMemberRoutes),
  ...scoped("okta.logs", logRoutes),
];

const find = router(apiRoutes);

/** Does the work of one API request: caller, rate limit, route, and errors in Okta's form. */
export async function answerApi(state: State, request: ApiRequest): Promise<Answer> {
  const { method, path } = request;
  let rate = state.limiter.look(method, path);
  try {
    const match = matched(request);
    const caller = isOAuthEndpoint(path) ? undefined : await callerOf(state, request, match);
    rate = state.limiter.take(method, path);
    if (!rate.allowed) throw new OktaError("E0000047");
    const answer = caller === undefined ? answerOAuth(state, request) : handle(state, request, match, caller);
    return withHeaders(await answer, rate, path);
  } catch (error) {
    return withHeaders(refusal(error), rate);
  }
}

function refusal(error: unknown): Answer {
  if (error instanceof Challenge || error instanceof OAuthError) return error.answer();
  // A fault of the sandbox itself must not look like a lost connection.
  const known = error instanceof OktaError ? error : new OktaError("E0000009", [`Sandbox: ${String(error)}`]);
  const challenge: Record<string, string> = known.code === "E0000011" ? { "www-authenticate": "SSWS" } : {};
  return { status: known.status, body: errorBody(known), headers: challenge };
}

function callerOf(
  state: State,
  { headers, method, path, origin }: ApiRequest,
  match: Match,
): Principal | Promise<Principal> {
  const scope = match.kind === "found" ? match.route.scope : undefined;
  return authenticate(state, { headers, method, path, origin, ownerToken: state.settings.token, scope });
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

function handle(state: State, request: ApiRequest, match: Match, caller: Principal): Answer {
  const { org, oauth } = state;
  const { method, path, headers, body, origin } = request;
  if (caller.roles.length === 0) throw new OktaError("E0000006");
  if (match.kind === "wrong-method") throw new OktaError("E0000022");
  if (match.kind === "unknown") throw notServed(`${method} ${path}`);
  if (body !== "" && !/^application\/json\b/i.test(headers["content-type"] ?? "")) throw new OktaError("E0000021");
  const { route, params } = match;
  const call: Call = {
    org,
    oauth,
    method,
    path,
    query: new URLSearchParams(request.query),
    headers,
    body,
    origin,
    params,
    caller: caller.user,
    self: caller.isPerson ? caller.user : undefined,
    clientId: caller.clientId,
    sees: visibleTo(org, caller),
  };
  requirePermission(call, caller, route);
  return observed(call, route, () => route.handle(call));
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
