import { ConfigError } from "../config-error.ts";
import { inertText } from "../inert.ts";
import { type Granted, tokenEndpoint } from "../okta/auth/endpoint.ts";
import { awaitPerson, type DeviceCode, revoke, startDevice } from "../okta/auth/person.ts";
import { readObject } from "../okta/auth/refusal.ts";
import type { SignInFile, SignInStore } from "../okta/auth/store.ts";
import { accessHeaders } from "../okta/auth/token.ts";
import type { Connection } from "../okta/connection.ts";
import { ExchangeError } from "../okta/exchange.ts";
import { nameOf } from "../person.ts";
import { isJsonObject } from "../schema.ts";
import { covers } from "../select.ts";
import { orSay } from "./okta-failure.ts";
import { paint, say as print, status } from "./terminal.ts";

export interface LoginOptions {
  readonly connection: Connection;
  readonly clientId: string;
  /** The API scopes to ask for. */
  readonly scopes: readonly string[];
  readonly store: SignInStore;
  readonly say?: (line?: string) => void;
}

const NOTHING_STORED = "Nothing was stored.";

/**
 * Signs a person in on this terminal by device authorization, and stores the sign-in for the server. Throws ConfigError;
 * then nothing was stored.
 */
export async function login({ connection, clientId, scopes, store, say = print }: LoginOptions): Promise<void> {
  const { orgUrl } = connection;
  const file = store.file(orgUrl, clientId);
  const code = await orSay(() => startDevice(connection, clientId, scopes), NOTHING_STORED);
  introduce(code, new URL(orgUrl).host, say);
  const granted = await approved(connection, clientId, code, say);
  await orSay(() => keep(connection, clientId, file, granted));
  const person = await whoSignedIn(connection, granted);
  say();
  say(paint("green", person === undefined ? "You are signed in." : `Signed in as ${person}.`));
  const missing = scopes.filter((scope) => granted.scopes !== undefined && !covers(granted.scopes, scope));
  if (missing.length > 0)
    say(`Okta did not give ${missing.join(", ")}: tools that need it fail until an admin grants it to the app.`);
  say(`The sign-in is kept in ${file.path}`);
  say(`The server uses it when it is started with OKTA_ORG_URL=${orgUrl} and OKTA_CLIENT_ID=${clientId}.`);
  say("To end it: okta-users-mcp logout");
}

function introduce(
  { userCode, link, wholeLink, lifetimeMs }: DeviceCode,
  host: string,
  say: (line?: string) => void,
): void {
  say(`To sign in to ${host}, open this page in a browser:`);
  say();
  say(`    ${paint("bold", inertText(wholeLink ?? link))}`);
  say();
  if (wholeLink === undefined) say(`and enter the code  ${paint("bold", inertText(userCode))}`);
  else {
    say(`Approve only if the page shows the code  ${paint("bold", inertText(userCode))}`);
    say(paint("dim", `The page without the code in it: ${inertText(link)}`));
  }
  say();
  say(`Waiting for you there; the code is good for ${minutes(lifetimeMs)}. Ctrl-C ends this.`);
}

/** The tokens, once the person has approved. */
async function approved(
  connection: Connection,
  clientId: string,
  code: DeviceCode,
  say: (line?: string) => void,
): Promise<Granted> {
  const stop = (): void => {
    say();
    say(`Ended before anybody signed in. ${NOTHING_STORED}`);
    process.exit(130);
  };
  process.once("SIGINT", stop);
  try {
    let told = minutes(code.lifetimeMs);
    const endpoint = tokenEndpoint(connection, "person");
    const granted = await orSay(
      () =>
        awaitPerson(endpoint, clientId, code, (left) => {
          status(paint("dim", `  waiting … ${Math.max(0, Math.round(left / 1000))} s left`));
          if (process.stdout.isTTY || minutes(left) === told) return;
          told = minutes(left);
          say(paint("dim", `Still waiting; the code is good for another ${told}.`));
        }),
      `${NOTHING_STORED} To try again: okta-users-mcp login`,
    );
    if (granted.refreshToken === undefined)
      throw new ConfigError(
        `Okta gave no refresh token, without which the sign-in would end within the hour: switch on the grant type Refresh Token beside Device Authorization in the app's General tab, then run okta-users-mcp login again. ${NOTHING_STORED}`,
      );
    return granted;
  } finally {
    status();
    process.off("SIGINT", stop);
  }
}

/** Stores the sign-in in place of an older one, which ends. */
async function keep(connection: Connection, clientId: string, file: SignInFile, granted: Granted): Promise<void> {
  const { refreshToken, prover } = granted;
  if (refreshToken === undefined) return;
  const older = await file.locked(async () => {
    const kept = await file.read().catch(() => undefined);
    await file.write({ refreshToken, proofKey: prover?.key });
    return kept;
  });
  // The new sign-in stands whatever becomes of the old one.
  if (older !== undefined && older.refreshToken !== refreshToken)
    await revoke(connection, clientId, older.refreshToken).catch(() => {});
}

const TIMEOUT_MS = 10_000;

/** Name and login of who signed in; undefined when the token is not good for asking. */
async function whoSignedIn(connection: Connection, granted: Granted): Promise<string | undefined> {
  const path = "/api/v1/users/me";
  const access = await accessHeaders(granted, "GET", connection.orgUrl + path, connection.clock.now());
  const request = { method: "GET", path, headers: { accept: "application/json", ...access } } as const;
  try {
    const answer = await connection.exchange(request, { timeoutMs: TIMEOUT_MS, runsOn: false });
    return answer.status === 200 ? personIn(readObject(answer).profile) : undefined;
  } catch (error) {
    if (error instanceof ExchangeError) return undefined;
    throw error;
  }
}

function personIn(profile: unknown): string | undefined {
  if (!isJsonObject(profile) || typeof profile.login !== "string") return undefined;
  const { login } = profile;
  const name = nameOf(profile);
  return inertText(name === "" ? login : `${name} (${login})`, 200);
}

function minutes(milliseconds: number): string {
  const count = Math.max(1, Math.ceil(milliseconds / 60_000));
  return count === 1 ? "one minute" : `${count} minutes`;
}
