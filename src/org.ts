import type { CallSettings } from "./call.ts";
import type { Config, SignIn } from "./config.ts";
import { createIdentity, type Identity } from "./identity.ts";
import type { Log } from "./log.ts";
import { type Authorizer, apiToken } from "./okta/auth/authorizer.ts";
import { createOkta, type ExchangeRecord, type Okta } from "./okta/client.ts";
import { type Connection, openConnection } from "./okta/connection.ts";

/** The org that calls go to, and how to leave it. */
export interface Org {
  readonly url: string;
  readonly okta: Okta;
  readonly identity: Identity;
  readonly authorizer: Authorizer;
  readonly preface: CallSettings["preface"];
  close(): Promise<void>;
}

/**
 * Connects to the configured org, or starts the embedded sandbox org when none is configured. `scopes` are asked for
 * where the sign-in is one with scopes.
 */
export async function openOrg(config: Config, scopes: readonly string[], version: string, log: Log): Promise<Org> {
  const sandbox = config.org ? undefined : await (await import("./sandbox/index.ts")).startSandbox();
  if (sandbox) log.debug("the embedded sandbox org is up", { url: sandbox.url });
  const url = config.org?.url ?? sandbox?.url ?? "";
  const signIn: SignIn = config.org?.signIn ?? { kind: "token", token: sandbox?.token ?? "" };
  const connection = openOrgConnection(url, config, version, log);
  let identity: Identity | undefined;
  const authorizer = await authorizerFor(signIn, scopes, connection, config.stateDir, () => identity?.forget());
  const okta = createOkta({
    connection,
    authorizer,
    timeoutMs: config.timeoutMs,
    maxWaitMs: config.maxWaitMs,
    reservePercent: config.reservePercent,
    // It would be thrown away for each request, of which a job has many.
    ...(config.logLevel === "debug" && { onExchange: exchangeLog(log) }),
  });
  const clientId = signIn.kind === "token" ? undefined : signIn.clientId;
  identity = createIdentity(okta, signIn.kind !== "app", clientId);
  return {
    url,
    okta,
    identity,
    authorizer,
    preface: sandbox ? { org: "sandbox" } : {},
    close: async () => {
      await okta.close();
      await sandbox?.close();
    },
  };
}

/** The way to an org, as the configuration wants it. */
export function openOrgConnection(orgUrl: string, config: Config, version: string, log: Log): Connection {
  return openConnection({
    orgUrl,
    userAgent: `okta-users-mcp/${version}`,
    timeoutMs: config.timeoutMs,
    proxy: config.proxy,
    onSignIn: ({ path, status, milliseconds, requestId }) =>
      log.debug(`POST ${path}`, { status, ms: Math.round(milliseconds), requestId }),
  });
}

async function authorizerFor(
  signIn: SignIn,
  scopes: readonly string[],
  connection: Connection,
  stateDir: string,
  onAnother: () => void,
): Promise<Authorizer> {
  if (signIn.kind === "token") return apiToken(signIn.token);
  const { authorizerFor: oauth } = await import("./okta/auth/oauth.ts");
  if (signIn.kind === "app") return oauth({ ...signIn, scopes }, connection);
  const { signInStore } = await import("./okta/auth/store.ts");
  return oauth({ ...signIn, store: signInStore(stateDir), onAnother }, connection);
}

function exchangeLog(log: Log): (record: ExchangeRecord) => void {
  return ({ method, template, status, milliseconds, requestId, bucket, limit, remaining }) =>
    log.debug(`${method} ${template}`, { status, ms: Math.round(milliseconds), requestId, bucket, remaining, limit });
}
