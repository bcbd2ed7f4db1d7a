import type { JsonWebKey } from "node:crypto";
import type { Authorizer, Patience } from "../../../../src/okta/auth/authorizer.ts";
import { type Connection, openConnection } from "../../../../src/okta/connection.ts";
import { OktaError } from "../../../../src/okta/error.ts";
import type { WireAnswer } from "../../../../src/okta/exchange.ts";
import { textAt } from "../../../support/at.ts";
import type { LoggedRequest, TestOrg } from "../../../support/org.ts";

const open: Connection[] = [];

/** A connection as a server of its own would have it. */
export function connectTo(orgUrl: string): Connection {
  const proxy = { httpsProxy: undefined, noProxy: undefined };
  const connection = openConnection({ orgUrl, userAgent: "okta-users-mcp/test", timeoutMs: 10_000, proxy });
  open.push(connection);
  return connection;
}

export async function closeConnections(): Promise<void> {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
}

/** The same connection, but its clock is moved ahead as time would. */
export function later(connection: Connection, seconds: () => number): Connection {
  const clock = { ...connection.clock, now: () => connection.clock.now() + seconds() * 1000 };
  return { ...connection, clock };
}

/** Registers a client with those public keys; gives its id. */
export async function register(org: TestOrg, client: Readonly<Record<string, unknown>>): Promise<string> {
  return textAt(await org.control("POST", "clients", client), "clientId");
}

export function jwks(...keys: readonly JsonWebKey[]): { keys: readonly JsonWebKey[] } {
  return { keys };
}

/** One GET of the API with those headers. */
export async function get(
  connection: Connection,
  authorizer: Authorizer,
  path = "/api/v1/users?limit=1",
  patience?: Patience,
): Promise<{ sent: Readonly<Record<string, string>>; answer: WireAnswer }> {
  const sent = await authorizer.authorize("GET", connection.orgUrl + path, patience);
  const headers = { accept: "application/json", ...sent };
  return {
    sent,
    answer: await connection.exchange({ method: "GET", path, headers }, { timeoutMs: 10_000, runsOn: false }),
  };
}

/** The OktaError that something ends in. */
export async function failureOf(act: () => Promise<unknown>): Promise<OktaError["failure"]> {
  try {
    await act();
  } catch (error) {
    if (error instanceof OktaError) return error.failure;
    throw error;
  }
  throw new Error("it did not fail");
}

/** The statuses of the token requests in a log. */
export function tokenRequests(log: readonly LoggedRequest[]): number[] {
  return log.filter(({ path }) => path === "/oauth2/v1/token").map(({ status }) => status);
}
