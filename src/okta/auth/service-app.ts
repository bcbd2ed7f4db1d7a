import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { Granted, Proofs, TokenEndpoint } from "./endpoint.ts";
import type { SigningKey } from "./key.ts";

export interface ServiceApp {
  readonly clientId: string;
  readonly key: SigningKey;
  readonly scopes: readonly string[];
}

/** How long an assertion is good; Okta takes up to an hour (documented). */
const ASSERTION_SECONDS = 300;

/** Gets tokens for a service app by private_key_jwt, the only way Okta takes for its API's scopes (documented). */
export function serviceApp(endpoint: TokenEndpoint, app: ServiceApp): () => Promise<Granted> {
  const { clientId, scopes } = app;
  const { key, algorithm, keyId } = app.key;
  const proofs: Proofs = { prover: undefined };
  return () =>
    endpoint.ask(async (now) => {
      const seconds = Math.floor(now / 1000);
      const assertion = await new SignJWT()
        .setProtectedHeader({ alg: algorithm, ...(keyId === undefined ? {} : { kid: keyId }) })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(endpoint.url)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + ASSERTION_SECONDS)
        .setJti(randomUUID())
        .sign(key);
      return {
        grant_type: "client_credentials",
        scope: scopes.join(" "),
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      };
    }, proofs);
}
