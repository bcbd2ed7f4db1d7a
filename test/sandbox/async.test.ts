import { afterEach, describe, expect, it } from "vitest";
import { at, list, profile, sandboxFor, short, text } from "./harness.ts";

const org = sandboxFor({ users: 60 });
const ASYNC = { prefer: "respond-async" };
const settings = (body: object) => org.control("POST", "/sandbox/settings", body);
/** Settings in minutes, and a clock that is moved: so nothing depends on how fast the tests run. */
const MINUTE = 60_000;
const pass = (seconds: number) => org.control("POST", "/sandbox/clock", { advanceSeconds: seconds });

afterEach(() => settings({ asyncMs: 200, indexLagMs: 0, concurrency: 75 }));

async function person(query = ""): Promise<string> {
  const credentials = { password: { value: "Harbor-Larch-77" } };
  const { body } = await org.api("POST", `/api/v1/users${query}`, { profile: profile(), credentials });
  return `/api/v1/users/${text(body, "id")}`;
}

const get = async (path: string, headers = {}) => (await org.api("GET", path, undefined, headers)).body;

describe("Prefer: respond-async", () => {
  const CHANGES: [method: string, rest: string, query: string, before: string, to: string][] = [
    ["POST", "/lifecycle/deactivate", "", "ACTIVE", "DEPROVISIONED"],
    ["DELETE", "", "", "ACTIVE", "DEPROVISIONED"],
    ["POST", "/lifecycle/activate", "?activate=false", "STAGED", "ACTIVE"],
  ];
  it.each(CHANGES)("%s %s answers at once and is done later", async (method, rest, query, before, to) => {
    await settings({ asyncMs: MINUTE });
    const path = await person(query);
    const reply = await org.api(method, path + rest, undefined, ASYNC);
    expect(reply.status).toBeLessThan(300);
    expect(await get(path)).toMatchObject({ status: before, transitioningToStatus: to });
    const order = Object.keys(Object(await get(path)));
    expect(order.indexOf("transitioningToStatus")).toBe(order.indexOf("status") + 1);
    const omitted = { "content-type": "application/json; okta-response=omitTransitioningToStatus" };
    expect(at(await get(path, omitted), "transitioningToStatus")).toBeUndefined();
    expect(short(await org.api("POST", path, { profile: { nickName: "N" } }))).toBe("409 E0000112");
    expect(short(await org.api("DELETE", `${path}/sessions`))).toBe("409 E0000112");
    await pass(61);
    const after = await get(path);
    expect(at(after, "status")).toBe(to);
    expect(at(after, "transitioningToStatus")).toBeUndefined();
  });

  it("is done without anybody asking", async () => {
    await settings({ asyncMs: 20 });
    const id = (await person()).split("/").at(-1);
    await org.api("POST", `/api/v1/users/${id}/lifecycle/deactivate`, undefined, ASYNC);
    const inside = async () => list(at(await org.snapshot(), "users")).find((user) => at(user, "id") === id);
    await expect.poll(async () => at(await inside(), "status"), { timeout: 5000 }).toBe("DEPROVISIONED");
  });

  it("a refusal comes at once, and without the header nothing waits", async () => {
    const path = await person();
    expect(short(await org.api("POST", `${path}/lifecycle/activate`, undefined, ASYNC))).toBe("403 E0000016");
    await org.api("POST", `${path}/lifecycle/deactivate`);
    expect(at(await get(path), "status")).toBe("DEPROVISIONED");
  });
});

describe("index lag", () => {
  const search = async (expression: string, kind = "users", more = "") =>
    list((await org.api("GET", `/api/v1/${kind}?search=${encodeURIComponent(expression)}${more}`)).body);

  it("searches see the old state until it is over, reads do not", async () => {
    const path = await person();
    const id = path.split("/").at(-1);
    const mine = (status: string) => search(`id eq "${id}" and status eq "${status}"`);
    await settings({ indexLagMs: MINUTE });
    await org.api("POST", `${path}/lifecycle/suspend`);
    expect(at(await get(path), "status")).toBe("SUSPENDED");
    expect(await mine("SUSPENDED")).toEqual([]);
    expect(at(await mine("ACTIVE"), 0, "status")).toBe("ACTIVE");
    const listed = list(await get("/api/v1/users?limit=200")).find((user) => at(user, "id") === id);
    expect(at(listed, "status")).toBe("SUSPENDED");
    await pass(61);
    expect(await mine("ACTIVE")).toEqual([]);
    expect(at(await mine("SUSPENDED"), 0, "id")).toBe(id);
  });

  it("a new user is not found yet, an erased one still is", async () => {
    const gone = await person();
    await org.api("DELETE", gone);
    await settings({ indexLagMs: MINUTE });
    await org.api("DELETE", gone);
    const fresh = await person();
    const count = async (path: string) =>
      (await search(`id eq "${path.split("/").at(-1)}"`, "users", "&sortBy=id")).length;
    expect([await count(gone), await count(fresh)]).toEqual([1, 0]);
    await pass(61);
    expect([await count(gone), await count(fresh)]).toEqual([0, 1]);
  });

  it("shows a change that is on its way, as recorded", async () => {
    const path = await person("?activate=false");
    await settings({ indexLagMs: 3 * MINUTE, asyncMs: MINUTE });
    await org.api("POST", `${path}/lifecycle/activate`, undefined, ASYNC);
    await pass(61);
    expect(at(await get(path), "status")).toBe("ACTIVE");
    await pass(121);
    const [hit] = await search(`id eq "${path.split("/").at(-1)}"`);
    expect(hit).toMatchObject({ status: "STAGED", transitioningToStatus: "ACTIVE" });
  });

  it("groups too", async () => {
    await settings({ indexLagMs: MINUTE });
    const made = await org.api("POST", "/api/v1/groups", { profile: { name: "Late" } });
    const count = async (name: string) => (await search(`profile.name eq "${name}"`, "groups")).length;
    expect(await count("Late")).toBe(0);
    expect(short(await org.api("GET", `/api/v1/groups/${text(made.body, "id")}`))).toBe("200");
    await pass(61);
    await org.api("PUT", `/api/v1/groups/${text(made.body, "id")}`, { profile: { name: "Later" } });
    expect([await count("Late"), await count("Later")]).toEqual([1, 0]);
  });
});

describe("concurrency", () => {
  it("above the limit 429 with both rate headers 0, and below it again after", async () => {
    await settings({ concurrency: 2 });
    await org.control("POST", "/sandbox/faults", { kind: "delay", delayMs: 300, count: 2 });
    const replies = await Promise.all(Array.from({ length: 5 }, () => org.api("GET", "/api/v1/users/me")));
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 200, 429, 429, 429]);
    const refused = replies.find((reply) => reply.status === 429);
    expect(at(refused?.body, "errorCode")).toBe("E0000047");
    for (const name of ["limit", "remaining"]) expect(refused?.headers.get(`x-rate-limit-${name}`)).toBe("0");
    expect(short(await org.api("GET", "/api/v1/users/me"))).toBe("200");
  });
});

describe("settings", () => {
  const BAD: [body: object, error: RegExp][] = [
    [{ indexLag: 5 }, /no setting indexLag; there are indexLagMs, asyncMs/],
    [{ asyncMs: -1 }, /asyncMs must be a whole number from 0/],
    [{ lockoutAttempts: 0 }, /lockoutAttempts must be a whole number from 1/],
    [{ concurrency: "many" }, /concurrency must be a whole number/],
  ];
  it.each(BAD)("refuses %o", async (body, error) => {
    const reply = await settings({ asyncMs: 7, ...body });
    expect(reply.status).toBe(400);
    expect(text(reply.body, "error")).toMatch(error);
    expect(at((await org.control("GET", "/sandbox/settings")).body, "asyncMs")).toBe(200);
  });

  it("go back to their defaults with a reset", async () => {
    await settings({ lockoutAttempts: 3 });
    await org.control("POST", "/sandbox/reset");
    expect((await org.control("GET", "/sandbox/settings")).body).toEqual({
      indexLagMs: 0,
      asyncMs: 200,
      lockoutAttempts: 10,
      passwordMaxAgeDays: 0,
      concurrency: 75,
    });
  });
});
