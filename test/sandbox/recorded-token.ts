import { at, type Reply, type Running } from "./harness.ts";
import { assertion, keyFor, post, proof, register, service } from "./oauth-signing.ts";
import type { Exchange } from "./recorded-files.ts";

/**
 * A token request that should be answered as recorded: its parameters and proofs are secrets and stand in no recording,
 * so they follow from the answer.
 */
export async function askForToken(org: Running, { body }: Exchange): Promise<Reply> {
  const [key, stranger] = [keyFor("ES256"), keyFor("ES256")];
  const error = at(body, "error");
  const dpop = at(body, "token_type") === "DPoP" || String(error).includes("dpop");
  const clientId = await register(org, { jwks: { keys: [key.jwk] }, dpop });
  const url = `${org.sandbox.url}/oauth2/v1/token`;
  const scope = at(body, "scope") ?? (error === "invalid_scope" ? "okta.nothing.read" : "okta.users.read");
  const send = async (headers: Record<string, string> = {}): Promise<Reply> => {
    const signer = error === "invalid_client" ? stranger : key;
    return post(url, service(await assertion(url, clientId, signer), { scope: String(scope) }), headers);
  };
  const prove = async (nonce?: string): Promise<Record<string, string>> => {
    const claims = nonce === undefined ? {} : { nonce };
    return { dpop: await proof("POST", url, key, { claims }) };
  };
  if (!dpop || String(at(body, "error_description")).includes("missing")) return send();
  const first = await send(await prove());
  return error === undefined ? send(await prove(first.headers.get("dpop-nonce") ?? "")) : first;
}
