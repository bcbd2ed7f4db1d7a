import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";
import { at, listAt, textAt } from "../support/at.ts";
import type { TestOrg } from "../support/org.ts";
import { ATTACKS, type Attack } from "./hostile-attacks.ts";
import { fill, snapshot, type Things } from "./support.ts";

/** How the org in the middle answers about a person: with everything planted, or with a failure of some kind. */
export const MOODS = ["answer", "refuse", "code", "unwell", "page", "scope", "cursor"] as const;
export type Mood = (typeof MOODS)[number];

/** A person whom the answers attack; what is asked about them by id or login tells attack and mood. */
export function victim(attack: Attack, mood: Mood): { readonly id: string; readonly login: string } {
  const word = `hostile${String(ATTACKS.indexOf(attack)).padStart(2, "0")}${MOODS.indexOf(mood)}`;
  return { id: `00u${word.padEnd(17, "0")}`, login: `${word}@example.com` };
}

function asked(text: string): { attack: Attack; mood: Mood } | undefined {
  const [, attack, mood] = /hostile(\d\d)(\d)/.exec(text) ?? [];
  const [found, how] = [ATTACKS[Number(attack)], MOODS[Number(mood)]];
  return found && how && { attack: found, mood: how };
}

export interface HostileOrg {
  readonly url: string;
  /** How it answers from now on where the request cannot tell. */
  unasked(attack: Attack, mood: Mood): void;
  stop(): Promise<void>;
}

/** An org whose every answer has the form of Okta's and the attack in each text, key and header that can hold it. */
export async function startHostileOrg(org: TestOrg, things: Things): Promise<HostileOrg> {
  let unasked: ReturnType<typeof asked>;
  const bodies = new Map<string, unknown>();
  for (const operation of operations) bodies.set(operation.name, await genuine(org, operation, things));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString("utf8");
    const url = decodeURIComponent(request.url ?? "");
    const operation = operations.find(({ method, template }) => method === request.method && matches(template, url));
    const mute = operation !== undefined && Object.keys(operation.input.shape).length === 0;
    const about = asked(url) ?? asked(body) ?? (mute ? unasked : undefined);
    if (about === undefined || operation === undefined) {
      // About whom an answer before gave the attack for an id.
      const errorSummary = `Not found: Resource not found: ${url}`;
      const done = request.method !== "GET" && operation?.returns === undefined;
      response.writeHead(done ? 200 : 404);
      response.end(JSON.stringify(done ? {} : { errorCode: "E0000007", errorSummary, errorCauses: [] }));
      return;
    }
    const { planted } = about.attack;
    const said = headers(about.mood, planted);
    const say = (status: number, answer: unknown, more: Record<string, string> = {}): void => {
      const text = typeof answer === "string" ? answer : JSON.stringify(answer);
      response.writeHead(status, { date: new Date().toUTCString(), ...said, ...more }).end(text);
    };
    const causes = [{ errorSummary: planted }, { errorSummary: planted, [planted]: planted, reason: planted }];
    const error = { errorSummary: planted, errorLink: planted, errorId: planted, errorCauses: causes };
    switch (about.mood) {
      case "refuse":
        return say(400, { errorCode: "E0000001", ...error, errorSummary: `${planted} ${url} ${body}` });
      case "code":
        return say(400, { errorCode: planted, ...error, error: planted, error_description: planted });
      case "unwell":
        // Of a write it tells nothing; the look that follows is not told more.
        return request.method === "GET"
          ? say(403, { errorCode: "E0000006", ...error })
          : say(500, { errorCode: "E0000009", ...error });
      case "page":
        return say(200, `<html>${planted}</html>`, { "content-type": "text/html" });
      case "scope":
        return say(403, "", { "www-authenticate": `DPoP error="insufficient_scope", scope="${header(planted)}"` });
      default:
        return say(200, tampered(bodies.get(operation.name), planted));
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("there is no TCP port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    unasked: (attack, mood) => {
      unasked = { attack, mood };
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function matches(template: string, url: string): boolean {
  const parts = template.split("/");
  const given = (url.split("?")[0] ?? "").split("/");
  return parts.length === given.length && parts.every((part, i) => part.startsWith("{") || part === given[i]);
}

/** What the sandbox org answers to a tool: to a read what it says, to a write the resource that Okta returns. */
async function genuine(org: TestOrg, operation: Operation, things: Things): Promise<unknown> {
  const { name, method, template, returns, secret } = operation;
  if (method === "GET")
    return org.api("GET", String(fill(`${template}${QUERY[name] ?? ""}`, await holderOf(org, name, things))));
  if (secret) return Object.fromEntries(secret.map((key) => [key, "https://org.example/once/abcdef"]));
  if (returns === "user") return org.api("GET", `/api/v1/users/${things.id}`);
  if (returns === "role") return org.api("GET", `/api/v1/users/${things.id}/roles/${things.groupRole}`);
  if (returns === "credentials")
    return { password: {}, recovery_question: { question: "Pet?" }, provider: { type: "OKTA", name: "OKTA" } };
  return {};
}

const QUERY: Readonly<Record<string, string>> = {
  list_users: "?limit=2",
  list_groups: "?limit=2&expand=stats",
  list_user_events: "?limit=2",
  list_assigned_roles_for_user: "?expand=targets/groups",
  list_user_grants: "?expand=scope&limit=2",
  get_user_grant: "?expand=scope",
  list_grants_for_user_and_client: "?expand=scope&limit=2",
  list_refresh_tokens_for_user_and_client: "?expand=scope&limit=2",
  get_refresh_token_for_user_and_client: "?expand=scope",
};

/** The things a path of a tool's route needs, about somebody who has them. */
async function holderOf(org: TestOrg, name: string, things: Things): Promise<Things> {
  const userId = await (async () => {
    if (/grant|token|clients/.test(name)) return things.consenter;
    if (name !== "list_user_identity_providers") return things.id;
    return textAt(
      listAt(await snapshot(org), "users").find((user) => at(user, "provider") === "SOCIAL"),
      "id",
    );
  })();
  return {
    userId: userId ?? "",
    clientId: things.client ?? "",
    grantId: things.grant ?? "",
    tokenId: things.token ?? "",
    relationshipName: "manager",
    roleAssignmentId: (/app/.test(name) ? things.appRole : things.groupRole) ?? "",
    groupId: things.group ?? "",
    factorId: things.factor ?? "",
    schemaId: things.theSchema ?? "",
  };
}

/** The same form with the attack in the place of each text, and beside each object's keys hostile ones. */
function tampered(value: unknown, planted: string): unknown {
  if (typeof value === "string")
    return value.startsWith("http") ? `${value.slice(0, value.lastIndexOf("/"))}/${planted}` : planted;
  if (Array.isArray(value)) return value.map((item) => tampered(item, planted));
  if (typeof value !== "object" || value === null) return value;
  // At each level of each object, so the longest attacks would come to megabytes.
  const short = planted.slice(0, 300);
  // An id may go into the path of what is asked next.
  const own = Object.entries(value).map(([key, item]) => [key, key === "id" ? short : tampered(item, planted)]);
  return Object.fromEntries([...own, ...HOSTILE_KEYS.map((key) => [key, short]), [short, { [short]: [short] }]]);
}

const HOSTILE_KEYS = [
  "__proto__",
  "constructor",
  "toString",
  "isError",
  "error",
  "hint",
  "preview",
  "done",
  "secret",
  "next",
];

/** What a header can carry of the attack, as UTF-8. */
function header(planted: string): string {
  return Buffer.from(
    planted
      .toWellFormed()
      .slice(0, 300)
      .replaceAll(/[^\P{Cc}\x80-\x9F]|"/gu, ""),
  ).toString("latin1");
}

function headers(mood: Mood, planted: string): Record<string, string> {
  const link = `<https://org.example/api/v1/users?after=${encodeURIComponent(planted.toWellFormed().slice(0, 300))}>; rel="next"`;
  return {
    "content-type": "application/json",
    etag: `W/"${header(planted)}"`,
    "x-okta-request-id": header(planted),
    ...(mood === "cursor" ? { link } : {}),
  };
}
