import type { IncomingHttpHeaders } from "node:http";
import { OktaError } from "../error.ts";
import { activeUser, type Known } from "../principal.ts";
import type { Answer } from "../route.ts";
import { deviceAuthorize } from "./device.ts";
import { type OAuthCall, readForm } from "./form.ts";
import { revokeEndpoint } from "./refresh.ts";
import { tokenEndpoint } from "./token.ts";

const ENDPOINTS: Readonly<Record<string, (call: OAuthCall) => Promise<Answer>>> = {
  "/oauth2/v1/token": tokenEndpoint,
  "/oauth2/v1/device/authorize": deviceAuthorize,
  "/oauth2/v1/revoke": revokeEndpoint,
};

interface OAuthRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly origin: string;
}

/** True for the endpoints of the org authorization server, which take a form and no token. */
export function isOAuthEndpoint(path: string): boolean {
  return Object.hasOwn(ENDPOINTS, path);
}

/** Answers such an endpoint. @throws OAuthError its refusals; OktaError 405 E0000022, 400 E0000021 */
export async function answerOAuth({ org, oauth }: Known, request: OAuthRequest): Promise<Answer> {
  const { method, path, query, headers, body, origin } = request;
  const endpoint = ENDPOINTS[path];
  if (endpoint === undefined || method !== "POST") throw new OktaError("E0000022");
  const params = readForm(query, body, headers["content-type"]);
  const isActive = (userId: string | undefined): boolean => activeUser(org, userId) !== undefined;
  return endpoint({ store: oauth, headers, params, url: `${origin}${path}`, origin, isActive });
}
