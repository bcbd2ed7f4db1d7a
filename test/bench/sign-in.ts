import { createPublicKey } from "node:crypto";
import { Pool } from "undici";
import { at, listAt, textAt } from "../support/at.ts";
import { startServer } from "../support/server.ts";
import { type Opened, openAsApp } from "./client.ts";
import { type Figure, median, tell, timed } from "./measure.ts";
import { type BenchOrg, startBenchOrg } from "./org.ts";

const FIRST_CALLS = 50;
const CALLS = 2_000;

/** A service app's sign-in: what the first calls cost, and what pacing and sign-in add to each call. */
export async function signInFigures(): Promise<Figure[]> {
  tell("sign-in and time per call");
  const org = await startBenchOrg({ "rate-limit": 1_000_000 });
  const dpopClient = await registerDpop(org);
  const userId = await org.somebody();
  const figures: Figure[] = [
    {
      name: `client: token requests of ${FIRST_CALLS} first calls at once`,
      value: await tokenRequests(org, userId),
      unit: "",
      promise: 1,
    },
    {
      name: "client: time a call adds to undici alone",
      value: await addedByClient(org, userId, org.clientId),
      unit: "ms",
      promise: 0.3,
    },
    {
      name: "client: the same with DPoP, proof included",
      value: await addedByClient(org, userId, dpopClient),
      unit: "ms",
    },
    {
      name: "client: time a call through MCP adds",
      value: await addedByServer(org, userId, org.clientId),
      unit: "ms",
      promise: 0.8,
    },
    {
      name: "client: the same with DPoP through MCP",
      value: await addedByServer(org, userId, dpopClient),
      unit: "ms",
    },
  ];
  await org.end();
  return figures;
}

/** A service app like the sandbox's own whose tokens are bound to a key. */
async function registerDpop(org: BenchOrg): Promise<string> {
  const jwk = { ...createPublicKey(org.privateKey).export({ format: "jwk" }), kid: org.keyId };
  return textAt(await org.control("POST", "clients", { jwks: { keys: [jwk] }, dpop: true }), "clientId");
}

async function tokenRequests(org: BenchOrg, userId: string): Promise<number> {
  const { okta } = openAsApp(org);
  await org.control("DELETE", "requests");
  const results = await Promise.all(Array.from({ length: FIRST_CALLS }, () => getUser({ okta }, userId)));
  const log = listAt({ log: await org.control("GET", "requests") }, "log").map((entry) => at(entry, "path"));
  await okta.close();
  const calls = log.filter((path) => path === `/api/v1/users/${userId}`).length;
  if (results.length !== FIRST_CALLS || calls !== FIRST_CALLS) throw new Error(`${calls} calls arrived`);
  return log.filter((path) => path === "/oauth2/v1/token").length;
}

function getUser({ okta }: Pick<Opened, "okta">, userId: string): Promise<unknown> {
  return okta.send({ method: "GET", template: "/api/v1/users/{userId}", path: { userId }, effect: "read" });
}

async function addedByClient(org: BenchOrg, userId: string, clientId: string): Promise<number> {
  const opened = openAsApp(org, clientId);
  const added = await compare(org, userId, opened, () => getUser(opened, userId));
  await opened.okta.close();
  return added;
}

async function addedByServer(org: BenchOrg, userId: string, clientId: string): Promise<number> {
  const opened = openAsApp(org, clientId);
  const server = await startServer({
    OKTA_ORG_URL: org.url,
    OKTA_CLIENT_ID: clientId,
    OKTA_PRIVATE_KEY: org.privateKey,
    OKTA_KEY_ID: org.keyId,
  });
  const added = await compare(org, userId, opened, async () => {
    const { failed, text } = await server.call("get_user", { userId });
    if (failed) throw new Error(text);
  });
  await server.stop();
  await opened.okta.close();
  return added;
}

/** Both in turn; the median of the differences. What signs undici's request in is made before its time is taken. */
async function compare(
  org: BenchOrg,
  userId: string,
  { okta, authorizer }: Opened,
  through: () => Promise<unknown>,
): Promise<number> {
  // The first call learns that proofs are wanted, and with which nonce.
  await getUser({ okta }, userId);
  const pool = new Pool(org.url);
  const path = `/api/v1/users/${userId}`;
  const added = [];
  for (let turn = 0; turn < CALLS; turn += 1) {
    const headers = { ...(await authorizer.authorize("GET", org.url + path)), accept: "application/json" };
    const alone = await timed(async () => {
      const answer = await pool.request({ method: "GET", path, headers });
      const user: unknown = await answer.body.json();
      if (answer.statusCode !== 200) throw new Error(JSON.stringify(user));
    });
    const other = await timed(through);
    // The first turns warm both sides up.
    if (turn >= CALLS / 4) added.push(other - alone);
  }
  await pool.close();
  return median(added);
}
