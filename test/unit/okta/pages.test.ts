import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Okta, OktaAnswer, OktaRequest, SendOptions } from "../../../src/okta/client.ts";
import { OktaError } from "../../../src/okta/error.ts";
import { pages } from "../../../src/okta/pages.ts";
import { buildRequest } from "../../../src/request.ts";
import { operations } from "../../../tools/index.ts";
import { at, listAt, textAt } from "../../support/at.ts";
import { startOrg, type TestOrg } from "../../support/org.ts";
import { sample } from "../../support/sample.ts";
import { direct } from "./direct.ts";

const SEEDED = 1_234;
const USERS = "/api/v1/users";

let org: TestOrg;
let okta: Okta;

beforeAll(async () => {
  org = await startOrg("--users", String(SEEDED), "--rate-limit", "100000");
  ({ okta } = direct(org));
});
afterEach(() => org.control("DELETE", "faults"));
afterAll(async () => {
  await okta.close();
  await org.stop();
});

function people(query: Record<string, string> = {}): OktaRequest {
  return { method: "GET", template: USERS, path: {}, query: { limit: "100", ...query }, effect: "read" };
}

/** What the entries of a page are known by. */
function entriesOf({ body }: Pick<OktaAnswer, "body">): string[] {
  return listAt({ body }, "body").map((entry) => String(at(entry, "id") ?? at(entry, "uuid") ?? textAt(entry, "name")));
}

async function walk(request: OktaRequest, options: SendOptions = {}): Promise<string[]> {
  const entries: string[] = [];
  for await (const page of pages(okta, request, options)) entries.push(...entriesOf(page));
  return entries;
}

/** The same with plain fetch, following the links. */
async function walkPlainly(path: string): Promise<string[]> {
  const entries: string[] = [];
  for (let next: string | undefined = org.url + path; next !== undefined; ) {
    const response: Response = await fetch(next, { headers: { authorization: `SSWS ${org.token}` } });
    entries.push(...entriesOf({ body: await response.json() }));
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return entries;
}

/** The rest of an Okta that only sends. */
function sending(send: Okta["send"]): Okta {
  return { ...okta, send };
}

/** An answer with so many entries and a cursor. */
function answer(next: string | undefined, entries: unknown[] = []): OktaAnswer {
  return { status: 200, body: entries, etag: undefined, next, requestId: "req1" };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OktaError);
  return at(error, "failure");
}

describe("a walk", () => {
  it("gives everybody once, in order, with a request for each page", async () => {
    const plain = await walkPlainly(`${USERS}?limit=200`);
    const [walked, requests] = await org.watch(() => walk(people()));
    expect(walked).toEqual(plain);
    expect(new Set(walked).size).toBe(plain.length);
    // The list leaves out who is deactivated.
    expect(plain.length).toBeGreaterThan(SEEDED - 100);
    expect(requests).toHaveLength(Math.ceil(plain.length / 100));
    expect(requests.every(({ query }) => query.includes("limit=100"))).toBe(true);
  });

  it("keeps a search the same on all pages", async () => {
    const search = { search: 'status eq "ACTIVE"', sortBy: "profile.lastName", sortOrder: "desc", limit: "50" };
    const [walked, requests] = await org.watch(() => walk(people(search)));
    expect(walked).toEqual(await walkPlainly(`${USERS}?${new URLSearchParams({ ...search, limit: "200" })}`));
    expect(requests.length).toBeGreaterThan(5);
    for (const { query } of requests)
      expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
        ...search,
        ...(query.includes("after=") ? { after: expect.any(String) } : {}),
      });
  });

  it.each([
    ["without a match", people({ search: 'profile.login eq "nobody@example.com"' })],
    ["of one page", people({ search: "id pr", limit: "200", after: "00uzzzzzzzzzzzzzzzzz" })],
    ["that Okta does not page", people({ q: "a", limit: "5" })],
  ])("%s ends after one request", async (_, request) => {
    const [, requests] = await org.watch(() => walk(request));
    expect(requests).toHaveLength(1);
  });

  it("begins where its request does", async () => {
    const [first] = await Promise.all([okta.send(people())]);
    const after = first.next ?? "";
    expect(await walk(people({ after }))).toEqual((await walkPlainly(`${USERS}?limit=200`)).slice(100));
  });

  it("asks nothing before its first page is wanted", async () => {
    const [, requests] = await org.watch(async () => void pages(okta, people()));
    expect(requests).toEqual([]);
  });

  it("goes over every list of the catalogue that takes a cursor", async () => {
    const rich = await fillLists();
    const lists = operations.filter(({ query }) => "after" in query);
    expect(lists.map(({ name }) => name).sort()).toEqual(Object.keys(rich).sort());
    for (const operation of lists) {
      const request = buildRequest(operation, { limit: 2, ...rich[operation.name] });
      const path = request.template.replace(/\{(\w+)\}/g, (_, name: string) => request.path[name] ?? "");
      const [walked, requests] = await org.watch(() => walk(request));
      const query = new URLSearchParams({ ...request.query, limit: "200" });
      expect(walked, operation.name).toEqual(await walkPlainly(`${path}?${query}`));
      expect(walked.length, operation.name).toBeGreaterThan(2);
      expect(requests, operation.name).toHaveLength(Math.ceil(walked.length / Number(request.query?.limit)));
    }
  });
});

/** People about whom each list has more than a page of two; gives the arguments by tool. */
async function fillLists(): Promise<Record<string, Record<string, string>>> {
  const inside = await org.control("GET", "snapshot");
  const counted = listAt(inside, "users").map((user) => ({
    userId: textAt(user, "id"),
    // Who has both: consents and refresh tokens.
    count: Math.min(Number(at(user, "grants")), Number(at(user, "tokens"))),
  }));
  const { userId } = counted.reduce((one, other) => (other.count > one.count ? other : one));
  const all = await org.api("GET", `${USERS}/${userId}/grants?limit=200`);
  const clients = listAt({ all }, "all").map((grant) => textAt(grant, "clientId"));
  const tokens = async (clientId: string): Promise<number> => {
    const list = await org.api("GET", `${USERS}/${userId}/clients/${clientId}/tokens?limit=200`);
    return listAt({ list }, "list").length;
  };
  const counts = await Promise.all([...new Set(clients)].map(async (id) => ({ id, count: await tokens(id) })));
  const most = counts.reduce((one, other) => (other.count > one.count ? other : one)).id;
  const often = clients.reduce((one, other) =>
    clients.filter((id) => id === other).length > clients.filter((id) => id === one).length ? other : one,
  );
  const admin = async (type: string, targets: readonly string[]): Promise<Record<string, string>> => {
    const { id } = await org.person();
    const role = textAt(await org.api("POST", `${USERS}/${id}/roles`, { type }), "id");
    for (const target of targets) await org.api("PUT", `${USERS}/${id}/roles/${role}/targets/${target}`);
    return { userId: id, roleAssignmentId: role };
  };
  const anAdmin = await admin("ORG_ADMIN", []);
  const groups = listAt(inside, "groups").filter((group) => at(group, "type") === "OKTA_GROUP");
  const apps = new Set(listAt(inside, "apps").map((app) => textAt(app, "name")));
  return {
    list_users: { limit: "50" },
    list_groups: {},
    list_user_events: { userId: anAdmin.userId ?? "" },
    list_user_grants: { userId },
    list_grants_for_user_and_client: { userId, clientId: often },
    list_refresh_tokens_for_user_and_client: { userId, clientId: most },
    list_app_targets_for_role: await admin(
      "APP_ADMIN",
      [...apps].slice(0, 5).map((name) => `catalog/apps/${name}`),
    ),
    list_group_targets_for_role: await admin(
      "USER_ADMIN",
      groups.slice(0, 5).map((group) => `groups/${textAt(group, "id")}`),
    ),
  };
}

describe("a walk on which something goes wrong", () => {
  it.each(
    sample([
      ["a 429", { kind: "status", status: 429, resetInSeconds: 0 }],
      ["a 503", { kind: "status", status: 503 }],
      ["a lost answer", { kind: "drop-after" }],
      ["a lost request", { kind: "drop-before" }],
      ["half an answer", { kind: "truncate" }],
      ["a proxy's page", { kind: "html", status: 502 }],
    ]),
  )("gets over %s, and nobody is left out or there twice", async (_, fault) => {
    const walked: string[] = [];
    let count = 0;
    for await (const page of pages(okta, people())) {
      walked.push(...entriesOf(page));
      count += 1;
      if (count === 3 || count === 8) await org.fault({ ...fault, count: 2, path: USERS });
    }
    expect(walked).toEqual(await walkPlainly(`${USERS}?limit=200`));
  });

  it("tells of it where that page would have been", async () => {
    const walked: string[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const page of pages(okta, people())) {
          walked.push(...entriesOf(page));
          if (walked.length === 300) await org.fault({ kind: "drop-after", count: 3, path: USERS });
        }
      })(),
    );
    expect(failure).toMatchObject({ code: "unreachable" });
    // The page after the one it was at may have been under way before.
    expect([300, 400]).toContain(walked.length);
  });

  it("tells that a cursor is not valid", async () => {
    expect(await failureOf(walk(people({ after: "no-cursor" })))).toMatchObject({ code: "E0000029", status: 400 });
  });

  it.each([
    ["at once", ["a", "a"]],
    ["to the beginning", ["a", "b", "start"]],
    ["in a circle", ["a", "b", "c", "b"]],
  ])("ends it when the cursors come back %s", async (_, cursors) => {
    let asked = 0;
    const endless = sending(async () => answer(cursors[asked++], [asked]));
    const seen: unknown[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const { body } of pages(endless, people({ after: "start" }))) seen.push(body);
      })(),
    );
    expect(failure).toMatchObject({ code: "bad_response", requestId: "req1" });
    expect(asked).toBe(cursors.length);
    expect(seen).toHaveLength(cursors.length);
  });
});

describe("a walk that is left", () => {
  /** Listens for what nobody caught. */
  async function uncaught(act: () => Promise<void>): Promise<unknown[]> {
    const caught: unknown[] = [];
    const note = (reason: unknown): void => void caught.push(reason);
    process.on("unhandledRejection", note);
    try {
      await act();
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      process.off("unhandledRejection", note);
    }
    return caught;
  }

  it("early ends the request that is under way, and nothing is left over", async () => {
    await org.fault({ kind: "delay", delayMs: 60_000, path: USERS, count: 9 });
    const signals: (AbortSignal | undefined)[] = [];
    let sent = 0;
    const first = answer("next");
    const watched = sending((request, options) => {
      signals.push(options?.signal);
      sent += 1;
      return sent === 1 ? Promise.resolve(first) : okta.send(request, options);
    });
    const caught = await uncaught(async () => {
      for await (const page of pages(watched, people())) {
        expect(page).toBe(first);
        break;
      }
    });
    expect(caught).toEqual([]);
    expect(sent).toBe(2);
    expect(signals[1]?.aborted).toBe(true);
  });

  it("by an error of the caller does so too", async () => {
    const caught = await uncaught(async () => {
      const broken = (async () => {
        for await (const _ of pages(okta, people())) throw new Error("the caller's own");
      })();
      await expect(broken).rejects.toThrow("the caller's own");
    });
    expect(caught).toEqual([]);
  });

  it("by its signal ends between pages and while it waits for one", async () => {
    for (const delayMs of [0, 60_000]) {
      const stop = new AbortController();
      const walked: string[] = [];
      const caught = await uncaught(async () => {
        const failure = await failureOf(
          (async () => {
            for await (const page of pages(okta, people(), { signal: stop.signal })) {
              walked.push(...entriesOf(page));
              if (walked.length < 200) continue;
              if (delayMs === 0) stop.abort();
              else setTimeout(() => stop.abort(), 50);
              await org.fault({ kind: "delay", delayMs: 60_000, path: USERS });
            }
          })(),
        );
        expect(failure).toMatchObject({ code: "cancelled" });
      });
      expect(caught).toEqual([]);
      expect([200, 300]).toContain(walked.length);
      expect(getEventListeners(stop.signal, "abort")).toEqual([]);
      await org.control("DELETE", "faults");
    }
  });

  it("before it began asks nothing", async () => {
    const [failure, requests] = await org.watch(() => failureOf(walk(people(), { signal: AbortSignal.abort() })));
    expect(failure).toMatchObject({ code: "cancelled" });
    expect(requests).toEqual([]);
  });

  it("at its end has no listener on the caller's signal", async () => {
    const { signal } = new AbortController();
    await walk(people(), { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("node does not let collect garbage");
  collect();
}

describe("the caller's pace", () => {
  it("is followed: one request ahead, no more", async () => {
    let sent = 0;
    let got = 0;
    const counted = sending((request, options) => {
      sent += 1;
      return okta.send(request, options);
    });
    for await (const page of pages(counted, people())) {
      got += 1;
      const ahead = page.next === undefined ? 0 : 1;
      expect(sent).toBe(got + ahead);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(sent).toBe(got + ahead);
    }
    expect(got).toBe(Math.ceil((await walkPlainly(`${USERS}?limit=200`)).length / 100));
  });

  it("is not outrun by an answer that comes before the page ahead of it was read", async () => {
    let asked = 0;
    const eager = sending(async (request, options) => {
      const number = Number(request.query?.after ?? 0);
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve));
      const next = number < 9 ? String(number + 1) : undefined;
      if (next !== undefined) options?.onNext?.(next);
      // Each page takes longer to read than the one after it.
      await new Promise((resolve) => setTimeout(resolve, 20 - 2 * number));
      return answer(next, [number]);
    });
    const got: unknown[] = [];
    for await (const { body } of pages(eager, people())) {
      got.push(body);
      expect(asked).toBeLessThanOrEqual(got.length + 1);
    }
    expect(got).toEqual(Array.from({ length: 10 }, (_, number) => [number]));
    expect(asked).toBe(10);
  });

  it("the next page is under way before the one that is waited for is read", async () => {
    let first: OktaAnswer | undefined;
    const ahead: boolean[] = [];
    const watched = sending(async (request, options) => {
      if (request.query?.after !== undefined) ahead.push(first === undefined);
      const page = await okta.send(request, options);
      first ??= page;
      return page;
    });
    for await (const _ of pages(watched, people())) break;
    expect(ahead).toEqual([true]);
  });

  it("the next page is under way while the caller works on one", async () => {
    let arrived: (() => void) | undefined;
    const second = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const counted = sending(async (request, options) => {
      const page = await okta.send(request, options);
      if (request.query?.after !== undefined) arrived?.();
      return page;
    });
    for await (const _ of pages(counted, people())) {
      // Would never come if it were asked for only afterwards.
      await second;
      break;
    }
  });

  it("holds no page that the caller is done with", async () => {
    const held: WeakRef<OktaAnswer>[] = [];
    let number = 0;
    const many = sending(async () => {
      number += 1;
      const page = answer(number < 12 ? String(number) : undefined, Array(10_000).fill(number));
      held.push(new WeakRef(page));
      return page;
    });
    let most = 0;
    for await (const page of pages(many, people())) {
      expect(page.body).toHaveLength(10_000);
      // What a WeakRef gave stays until the turn of the event loop is over.
      await new Promise((resolve) => setTimeout(resolve));
      collectGarbage();
      most = Math.max(most, held.filter((reference) => reference.deref() !== undefined).length);
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(held).toHaveLength(12);
    expect(most).toBeLessThanOrEqual(2);
  });

  it("holds nothing of a page while the next is waited for", async () => {
    const held: WeakRef<OktaAnswer>[] = [];
    const slow = sending(async ({ query }) => {
      if (query?.after !== undefined) await new Promise((resolve) => setTimeout(resolve, 100));
      const page = answer("more".repeat(held.length + 1), Array(10_000).fill(held.length));
      held.push(new WeakRef(page));
      return page;
    });
    const walked = pages(slow, people());
    const take = (): Promise<boolean> => walked.next().then(({ done }) => done === true);
    await take();
    const second = take();
    await new Promise((resolve) => setTimeout(resolve));
    collectGarbage();
    expect(held.map((page) => page.deref())).toEqual([undefined]);
    expect(await second).toBe(false);
    await walked.return();
  });
});
