import type { Connection } from "../connection.ts";
import type { Authorizer } from "./authorizer.ts";
import type { Credential } from "./credential.ts";
import { tokenEndpoint } from "./endpoint.ts";
import { personRenewal } from "./person.ts";
import { serviceApp } from "./service-app.ts";
import { tokenAuthorizer } from "./token.ts";

/** Signs in with OAuth: an app with its own key, or a person from the stored sign-in. Asks for a token at the first need. */
export function authorizerFor(credential: Credential, connection: Connection): Authorizer {
  const { clock, orgUrl } = connection;
  const endpoint = tokenEndpoint(connection, credential.kind);
  const renewal =
    credential.kind === "app"
      ? serviceApp(endpoint, credential)
      : personRenewal(
          endpoint,
          credential.clientId,
          credential.store.file(orgUrl, credential.clientId),
          credential.onAnother,
        );
  return tokenAuthorizer(endpoint, () => clock.now(), renewal);
}
