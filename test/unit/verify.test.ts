import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Okta, OktaAnswer } from "../../src/okta/client.ts";
import { OktaError } from "../../src/okta/error.ts";
import type { Look, Operation } from "../../src/operation.ts";
import { isAfter, isSince, lookFor, rememberLately, verify } from "../../src/verify.ts";
import { operations } from "../../tools/index.ts";

const named = (name: string): Operation | undefined => operations.find((operation) => operation.name === name);
const proven = operations.filter(({ proof }) => proof !== undefined);
const id = "00u00000000000000001";
const time = "2026-01-31T09:30:10.000Z";
const second = Date.parse(time);

describe("times of Okta's", () => {
  /** [moment of sending against the time, whether the time is since, whether it is surely after] */
  const cases: [offset: number, since: boolean, after: boolean][] = [
    [-60_000, true, true],
    [-2_001, true, true],
    [-2_000, true, false],
    [-1, true, false],
    [0, true, false],
    [999, true, false],
    [1_000, false, false],
    [60_000, false, false],
  ];
  it.each(cases)("for what was sent %i ms later", (offset, since, after) => {
    expect([isSince(time, second + offset), isAfter(time, second + offset)]).toEqual([since, after]);
  });

  it.each([null, undefined, "", "soon", 0, second, {}])("that are none prove nothing: %j", (none) => {
    expect([isSince(none, 0), isAfter(none, 0)]).toEqual([false, false]);
  });
});

describe("what there is to look for", () => {
  const get = named("get_user");
  const list = named("list_user_grants");

  it("where the write went, and nothing else of what it was given", () => {
    const args = { userId: id, profile: { city: "Oslo" }, strict: true, expand: "blocks", detail: "full" };
    expect(get && lookFor(get, args)).toMatchObject({ method: "GET", path: { userId: id }, query: {} });
  });

  it("as much of a list as there is in one page", () => {
    expect(list && lookFor(list, { userId: id, grantId: "oag1", scopeId: "x", after: "y" })).toMatchObject({
      path: { userId: id },
      query: { limit: "200" },
    });
  });

  /** Everything a write could be given. */
  const all = (operation: Operation): Record<string, unknown> => ({
    ...Object.fromEntries(Object.keys(operation.path).map((name) => [name, id])),
    profile: { login: "ada@example.com" },
  });

  it.each(proven.map((operation) => [operation.name, operation] as const))("of %s", (_, operation) => {
    const read = named(operation.seenWith ?? "get_user");
    const renamed = operation.proof?.arguments ? operation.proof.arguments(all(operation)) : {};
    expect(operation.effect).not.toBe("read");
    expect(operation.seenWith).not.toBeNull();
    expect(read?.effect).toBe("read");
    const path = read ? lookFor(read, { ...all(operation), ...renamed }).path : {};
    expect(Object.values(path).length).toBeGreaterThan(0);
    expect(Object.values(path)).not.toContain("undefined");
  });
});

describe("what proves nothing", () => {
  const look = (body: unknown, more: Partial<Look> = {}): Look => ({
    was: undefined,
    gone: false,
    body,
    more: false,
    since: () => true,
    after: () => true,
    ...more,
  });
  const odd: unknown[] = [undefined, null, "", 1, true, {}, { id: 1 }, { status: "ACTIVE" }, [1], [null], [[]]];

  it.each(proven.map((operation) => [operation.name, operation] as const))(
    "%s: no answer of Okta's",
    (_, { proof }) => {
      const args = { userId: "ada@example.com", profile: { login: "ada@example.com" } };
      for (const body of odd) expect(proof?.shows(look(body), args), JSON.stringify(body)).toBeUndefined();
      expect(proof?.shows(look(undefined, { gone: true }), args)).toBeUndefined();
      expect(proof?.shows(look([], { more: true }), args)).toBeUndefined();
    },
  );

  it.each(proven.map((operation) => [operation.name, operation] as const))(
    "%s: anybody from before",
    (_, { proof }) => {
      const status = fc.constantFrom(
        "STAGED",
        "PROVISIONED",
        "ACTIVE",
        "RECOVERY",
        "PASSWORD_EXPIRED",
        "DEPROVISIONED",
      );
      const before = { since: () => false, after: () => false };
      fc.assert(
        fc.property(status, fc.option(fc.boolean(), { nil: undefined }), (status, sendEmail) => {
          const profile = { login: "ada@example.com" };
          const user = { id, status, profile, created: time, statusChanged: time, lastUpdated: time };
          expect(proof?.shows(look(user, before), { userId: id, profile, sendEmail })).toBeUndefined();
        }),
      );
    },
  );
});

describe("one look", () => {
  const suspend = named("suspend_user");
  const suspended = { id, status: "SUSPENDED", statusChanged: time };
  const answer: OktaAnswer = { status: 200, body: suspended, etag: undefined, next: undefined, requestId: undefined };
  const failing = new OktaError({ code: "unreachable", summary: "" });

  let lately = rememberLately();
  beforeEach(() => {
    lately = rememberLately();
  });

  it("proves nothing of whom this server changed a moment before", async () => {
    const send = async (): Promise<OktaAnswer> => answer;
    lately.changed("00usomebodyelse");
    expect(await looking(send, 0)).toMatchObject({ found: suspended });
    lately.changed(id);
    expect(await looking(send, 0)).toBeUndefined();
  });

  /** Looks `waited` ms after sending, at an org whose time is `ahead` ms ahead of what it answers. */
  async function looking(send: Okta["send"], ahead: number, waited = 0, sentAt?: number): Promise<unknown> {
    const eyes = { okta: { send, now: () => second + ahead }, operation: named, lately };
    return suspend && verify(suspend, { userId: id }, eyes, { begun: performance.now() - waited, sentAt }, {});
  }

  it("takes the moment of sending by the org's clock", async () => {
    const send = async (): Promise<OktaAnswer> => answer;
    expect(await looking(send, 500)).toEqual({ found: suspended, note: undefined });
    expect(await looking(send, 5_000)).toBeUndefined();
    expect(await looking(send, 5_000, 4_500)).toEqual({ found: suspended, note: undefined });
  });

  it("does not count the time that the write waited before it was sent", async () => {
    const send = async (): Promise<OktaAnswer> => answer;
    expect(await looking(send, 5_000, 4_500, second + 900)).toEqual({ found: suspended, note: undefined });
    expect(await looking(send, 5_000, 4_500, second + 3_000)).toBeUndefined();
  });

  it("throws what the read throws", async () => {
    await expect(looking(() => Promise.reject(failing), 0)).rejects.toBe(failing);
  });

  it("is not taken without a proof", async () => {
    const asked: unknown[] = [];
    const send: Okta["send"] = async (request) => {
      asked.push(request);
      return answer;
    };
    const eyes = { okta: { send, now: () => second }, operation: named, lately: rememberLately() };
    for (const operation of operations.filter(({ proof }) => proof === undefined))
      expect(await verify(operation, { userId: id }, eyes, { begun: 0, sentAt: 0 }, {})).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
