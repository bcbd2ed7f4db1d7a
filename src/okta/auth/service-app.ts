import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { SigningKey } from "./key.ts";
import type { Grant } from "./token.ts";

/** Sign-in of a service app by private_key_jwt, the only way Okta takes for its API's scopes (documented). */
export function serviceApp(clientId: string, { key, algorithm, keyId }: SigningKey, scopes: readonly string[]): Grant {
  return {
    form: async (tokenUrl, now) => ({
      grant_type: "client_credentials",
      scope: scopes.join(" "),
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await new SignJWT()
        .setProtectedHeader({ alg: algorithm, ...(keyId === undefined ? {} : { kid: keyId }) })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(tokenUrl)
        .setIssuedAt(Math.floor(now / 1000))
        .setExpirationTime(Math.floor(now / 1000) + 300)
        .setJti(randomUUID())
        .sign(key),
    }),
  };
}
