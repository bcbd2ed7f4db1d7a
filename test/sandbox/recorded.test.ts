import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { at, list, profile, sandboxFor, text } from "./harness.ts";

// Real exchanges are kept beside the project, not in it; without them there is nothing to compare with.
const FOLDER = fileURLToPath(new URL("../../../shared/okta/recorded", import.meta.url));
const found = existsSync(FOLDER);
const org = sandboxFor();

function recording(start: string): unknown {
  const file = readdirSync(FOLDER).find((name) => name.startsWith(start));
  return JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8"));
}

const ID = /\b(?:00u|00g|0oa|oty|osc|guo)[0-9A-Za-z]{17}\b/g;
/** Keys that only some orgs show, or that changed over the years. */
const VARIABLE = new Set(["realmId", "emails", "resetFactors", "statusChanged", "errorId", "logo"]);

/** The answer with everything that differs from org to org made equal; key order counts. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .filter(([key]) => !VARIABLE.has(key))
      .map(([key, entry]) => [key, shape(entry)]);
  }
  if (typeof value !== "string") return value;
  return (
    value
      .replace(ID, (id) => `<${id.slice(0, 3)}>`)
      // Requests of this flow ran side by side, and some answers were recorded beside the wrong one.
      .replace(/testAcc_\d\b/, "testAcc")
      .replace(/https?:\/\/[^/]+/, "<org>")
      .replace(/^\d{4}-\d\d-\d\dT.*\.000Z$/, "<time>")
      .replace(/(drp|dfp|tokens\/)[\w-]{17,20}/, "$1<secret>")
      .replace(/^[\w-]{20}$|^[A-Za-z0-9]{12}$/, "<secret>")
  );
}

/** Remembers which of our ids stands for which recorded one. */
function learn(ids: Map<string, string>, recorded: unknown, ours: unknown): void {
  if (typeof recorded === "string" && typeof ours === "string") {
    const [a, b] = [recorded.match(ID) ?? [], ours.match(ID) ?? []];
    for (const [i, id] of a.entries()) ids.set(id, b[i] ?? id);
  } else if (typeof recorded === "object" && recorded !== null) {
    for (const key of Object.keys(recorded)) learn(ids, at(recorded, key), at(ours, key));
  }
}

const translate = (ids: Map<string, string>, value: string): string => value.replace(ID, (id) => ids.get(id) ?? id);

async function replay(exchange: unknown, ids: Map<string, string>, path?: string): Promise<void> {
  const method = text(exchange, "request", "method");
  const recordedBody = at(exchange, "request", "body");
  const sent = recordedBody === null || method === "GET" ? undefined : translate(ids, JSON.stringify(recordedBody));
  const reply = await org.api(method, path ?? translate(ids, text(exchange, "request", "url")), sent);
  const recorded = at(exchange, "response", "body") ?? undefined;
  expect(reply.status, `${method} ${text(exchange, "request", "url")}`).toBe(at(exchange, "response", "status"));
  learn(ids, recorded, reply.body);
  // Lists of an org show its own people; only single answers can be compared.
  if (!Array.isArray(recorded)) expect(shape(reply.body)).toEqual(shape(recorded));
}

async function userIn(status: string): Promise<string> {
  return `/api/v1/users/${await org.someone((user) => at(user, "status") === status)}`;
}

describe.skipIf(!found)("recorded errors", () => {
  const SAME = ["09", "10", "11", "21", "29", "30", "41", "49", "63"];
  it.each(SAME)("%s", (start) => replay(recording(`${start}-`), new Map()));

  const IN_STATUS: [start: string, status: string, rest: string][] = [
    ["13", "ACTIVE", ""],
    ["40", "PROVISIONED", "/lifecycle/activate?sendEmail=false"],
    ["43", "ACTIVE", "/lifecycle/reactivate?sendEmail=false"],
    ["48", "LOCKED_OUT", "/lifecycle/suspend"],
    ["51", "RECOVERY", "/lifecycle/unlock"],
    ["81", "ACTIVE", "/roles/IFIFAX2BIRGUSTQ"],
  ];
  it.each(IN_STATUS)("%s on a user in %s", async (start, status, rest) => {
    await replay(recording(`${start}-`), new Map(), `${await userIn(status)}${rest}`);
  });
});

describe.skipIf(!found)("recorded answers", () => {
  const CREATED = ["01", "02", "03", "04", "06"];
  it.each(CREATED)("%s", (start) => replay(recording(`${start}-`), new Map()));

  it("77, 80, 81: a role comes and goes", async () => {
    const made = await org.api("POST", "/api/v1/users", { profile: profile() });
    const ids = new Map([["00ukwqzpth7DhDNiV1d7", text(made.body, "id")]]);
    for (const start of ["77", "79", "80", "81"]) await replay(recording(`${start}-`), ids);
  });

  const FLOWS = ["flow-deprovision", "flow-hashed-password", "flow-linked-objects", "flow-update-credentials-oie"];
  it.each(FLOWS)("%s", async (name) => {
    await org.control("POST", "/sandbox/reset");
    const ids = new Map<string, string>();
    for (const exchange of list(at(recording(name), "exchanges"))) await replay(exchange, ids);
  });
});
