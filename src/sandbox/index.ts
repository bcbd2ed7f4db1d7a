import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createHttpServer } from "./http.ts";
import { publicJwk } from "./oauth/jwt.ts";
import { createState } from "./state.ts";

export interface SandboxOptions {
  /** TCP port on 127.0.0.1; 0, the default, takes any free one. */
  readonly port?: number;
  /** How many people the org has, 200 by default. */
  readonly users?: number;
  /** The same seed gives the same org. */
  readonly seed?: number;
  /** Requests per window and bucket, 600 by default. */
  readonly rateLimit?: number;
  /** Length of a rate-limit window, 60 by default. */
  readonly windowSeconds?: number;
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`, without a slash at the end. A browser shows there what happens in the org. */
  readonly url: string;
  /** An SSWS token of the org's owner, a super administrator. */
  readonly token: string;
  /** A service app with every scope and super administrator rights; people can sign in through it as well. */
  readonly clientId: string;
  /** PKCS#8 PEM of an EC P-256 key. */
  readonly privateKey: string;
  readonly keyId: string;
  /** For the `/sandbox/` routes: `authorization: Bearer <controlKey>`. */
  readonly controlKey: string;
  /** Ends the server and every open connection at once. */
  close(): Promise<void>;
}

/**
 * Starts an Okta org in memory on 127.0.0.1. People, ids and times follow from `seed` and from the day: the org's clock
 * starts at the last midnight UTC. Tokens and keys are random for each start.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const token = `00${randomBytes(30).toString("base64url")}`;
  const controlKey = randomBytes(24).toString("base64url");
  const { users = 200, seed = 1, rateLimit = 600, windowSeconds = 60, port = 0 } = options;
  const { privateKey, keyId } = signingKey();
  const clientId = `0oa${randomBytes(12).toString("hex").slice(0, 17)}`;
  const key = publicJwk({ ...createPublicKey(privateKey).export({ format: "jwk" }), kid: keyId });
  const app = { clientId, keys: key === undefined ? [] : [key] };
  const state = createState({ users, seed, rateLimit, windowSeconds, token, controlKey, app });
  const server = createHttpServer(state);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    token,
    clientId,
    privateKey,
    keyId,
    controlKey,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function signingKey(): { privateKey: string; keyId: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    keyId: randomBytes(8).toString("hex"),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the sandbox has no TCP port");
  return address.port;
}
