import { vi } from "vitest";
import { at, type Reply, type Running, sender } from "./harness.ts";
import { compare, type Difference, pathOf } from "./recorded-compare.ts";
import type { Exchange, Recording } from "./recorded-files.ts";
import { unscrubbed } from "./recorded-scrub.ts";
import { presuppose } from "./recorded-setup.ts";
import { askForToken } from "./recorded-token.ts";
import { type World, worldOf } from "./recorded-world.ts";

/** Sends what was recorded to an org in the same state, at the same time of day, and compares the answers. */
export async function replay(org: Running, recording: Recording): Promise<Difference[]> {
  const readable = unscrubbed(recording);
  const world = worldOf(readable);
  const flow = readable.exchanges.length > 1;
  if (!flow) presuppose(world, readable);
  await build(org, world, readable);
  const differences: Difference[] = [];
  for (const [i, exchange] of readable.exchanges.entries()) {
    const found = compare(exchange, await send(org, exchange));
    differences.push(...found.map(({ path, ...rest }) => ({ path: flow ? `${i} ${path}` : path, ...rest })));
  }
  return differences;
}

async function build({ api, control }: Running, world: World, { exchanges: [first] }: Recording): Promise<void> {
  vi.setSystemTime(first?.time ?? 0);
  await control("POST", "/sandbox/reset", { empty: true });
  done(await control("POST", "/sandbox/import", world.body()));
  for (const { method, path, body, time } of world.steps) {
    vi.setSystemTime(time);
    done(await api(method, path, body));
  }
}

function done({ status, body }: Reply): void {
  if (status >= 300) throw new Error(`the setup was refused: ${status} ${JSON.stringify(body)}`);
}

/**
 * Errors that are the same on every route, by code: what brings them about on a route the sandbox has, for recordings
 * of routes it lacks.
 */
const STAND_INS: Readonly<Record<string, readonly [method: string, path: string, body?: string]>> = {
  E0000003: ["POST", "/api/v1/users", '{"profile":'],
  E0000022: ["PATCH", "/api/v1/users"],
  E0000029: ["GET", "/api/v1/users?after=not-a-cursor"],
  E0000031: ["GET", "/api/v1/users?after=not-a-cursor&search=profile.lastName+pr"],
};
const SERVED = /^\/(api\/v1\/(users|groups|logs|meta|iam\/assignees)|oauth2)(\/|$)/;

async function send(org: Running, exchange: Exchange): Promise<Reply> {
  const { method, url, status, time } = exchange;
  vi.setSystemTime(time);
  if (pathOf(url) === "/oauth2/v1/token") return askForToken(org, exchange);
  if (status === 429) await org.control("POST", "/sandbox/faults", { kind: "status", status });
  const standIn = STAND_INS[String(at(exchange.body, "errorCode"))];
  if (standIn !== undefined && !SERVED.test(pathOf(url))) return org.api(...standIn);
  const unknown = status === 401 && at(exchange.body, "errorCode") === "E0000011";
  const api = unknown ? sender(org.sandbox.url, "SSWS nobody-has-this-token") : org.api;
  return api(method, url, exchange.sentRecorded ? exchange.sent : guessed(exchange));
}

/** A body that can have led to the answer, for requests whose own body was not written down. */
function guessed({ method, url, body }: Exchange): unknown {
  if (!/^\/api\/v1\/users(\/[^/]+)?$/.test(pathOf(url)) || method === "DELETE") return undefined;
  const profile = Object.entries(at(body, "profile") ?? {}).filter(([, value]) => value !== null);
  const changed = Date.parse(String(at(body, "passwordChanged"))) >= Date.parse(String(at(body, "lastUpdated")));
  const credentials = changed ? { credentials: { password: { value: "Sandbox-Secret-1" } } } : {};
  return { profile: Object.fromEntries(profile), ...credentials };
}
