import { type Authorizer, apiToken } from "../../src/okta/auth/authorizer.ts";
import { readKey } from "../../src/okta/auth/key.ts";
import { authorizerFor } from "../../src/okta/auth/oauth.ts";
import { createOkta, type ExchangeRecord, type Okta } from "../../src/okta/client.ts";
import { type Connection, openConnection } from "../../src/okta/connection.ts";
import type { BenchOrg } from "./org.ts";

const TIMEOUT_MS = 30_000;

/** The shared client with the settings of the server, and the authorizer it signs in with. */
export interface Opened {
  readonly okta: Okta;
  readonly authorizer: Authorizer;
}

interface Options {
  readonly maxWaitMs?: number;
  onExchange?(record: ExchangeRecord): void;
}

/** Signed in by the API token. */
export function openByToken(org: Pick<BenchOrg, "url" | "token">, options: Options = {}): Opened {
  const connection = connect(org.url);
  return open(connection, apiToken(org.token), options);
}

/** Signed in as a service app, the sandbox's own or another with the same key. */
export function openAsApp(org: BenchOrg, clientId = org.clientId): Opened {
  const connection = connect(org.url);
  const key = readKey(org.privateKey, org.keyId);
  const app = { kind: "app", clientId, key, scopes: ["okta.users.read"] } as const;
  return open(connection, authorizerFor(app, connection), {});
}

function connect(orgUrl: string): Connection {
  const proxy = { httpsProxy: undefined, noProxy: undefined };
  return openConnection({ orgUrl, userAgent: "okta-users-mcp/bench", timeoutMs: TIMEOUT_MS, proxy });
}

function open(connection: Connection, authorizer: Authorizer, options: Options): Opened {
  const bounds = { timeoutMs: TIMEOUT_MS, maxWaitMs: 30_000, reservePercent: 10 };
  return { okta: createOkta({ connection, authorizer, ...bounds, ...options }), authorizer };
}
