import { describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/index.ts";
import { at, list, profile, sandboxFor, sender, short, text } from "./harness.ts";

const org = sandboxFor();

describe("control", () => {
  it("needs its own key", async () => {
    expect((await org.api("GET", "/sandbox/snapshot")).status).toBe(401);
    expect((await org.api("GET", "/sandbox/")).status).toBe(401);
    expect((await org.control("GET", "/sandbox/nothing")).status).toBe(404);
  });

  it("lists its routes with what they take", async () => {
    const routes = list(at((await org.control("GET", "/sandbox/")).body, "routes"));
    const names = routes.map((route) => `${text(route, "method")} ${text(route, "path")}`);
    for (const name of ["GET /sandbox/", "POST /sandbox/clock", "POST /sandbox/faults", "GET /sandbox/snapshot"])
      expect(names).toContain(name);
    expect(routes.every((route) => text(route, "what").length > 5)).toBe(true);
    const faults = routes.find((route) => at(route, "path") === "/sandbox/faults" && at(route, "method") === "POST");
    expect(Object.keys(Object(at(faults, "body")))).toContain("delayMs");
    // Whatever is listed can be called.
    for (const name of names.filter((entry) => entry.startsWith("GET "))) {
      expect((await org.control("GET", name.slice(4))).status, name).toBe(200);
    }
  });

  it("the same seed gives the same people, another seed others", async () => {
    const people = async (seed: number) => {
      const sandbox = await startSandbox({ seed, users: 30 });
      const { body } = await sender(sandbox.url, `SSWS ${sandbox.token}`)(
        "GET",
        "/api/v1/users?fields=id,profile,created",
      );
      await sandbox.close();
      return body;
    };
    expect(await people(7)).toEqual(await people(7));
    expect(await people(7)).not.toEqual(await people(8));
  });
});

describe("the request log", () => {
  it("tells of requests without headers and bodies", async () => {
    await org.control("DELETE", "/sandbox/requests");
    const first = await org.api("GET", "/api/v1/users?limit=1");
    await org.api("POST", "/api/v1/users", { credentials: { password: { value: "hush" } } });
    const { body } = await org.control("GET", "/sandbox/requests");
    const common = { id: expect.stringMatching(/^[0-9a-f]{8}$/), ms: expect.any(Number), time: expect.any(String) };
    expect(body).toEqual([
      { method: "GET", path: "/api/v1/users", query: "limit=1", status: 200, ...common },
      { method: "POST", path: "/api/v1/users", query: "", status: 400, ...common },
    ]);
    expect(first.headers.get("x-okta-request-id")?.slice(0, 8)).toBe(text(body, 0, "id"));
  });

  it("names the user a request is about, also when it makes or erases him", async () => {
    const made = profile();
    const login = String(made.login);
    const id = text((await org.api("POST", "/api/v1/users", { profile: made })).body, "id");
    await org.control("DELETE", "/sandbox/requests");
    await org.api("POST", "/api/v1/users", { profile: profile({ firstName: "Other" }) });
    await org.api("GET", `/api/v1/users/${login}`);
    await org.api("POST", `/api/v1/users/${id}`, { profile: { login: "renamed@larkspur.example" } });
    await org.api("DELETE", `/api/v1/users/${id}`);
    await org.api("DELETE", `/api/v1/users/${id}`);
    await org.api("GET", `/api/v1/users/${id}`);
    await org.api("GET", "/api/v1/users/%E0%A4%A");
    const entries = list((await org.control("GET", "/sandbox/requests")).body);
    expect(entries.slice(1).map((entry) => at(entry, "login"))).toEqual([
      login,
      login,
      "renamed@larkspur.example",
      "renamed@larkspur.example",
      undefined,
      undefined,
    ]);
    expect(text(entries[0], "login")).toMatch(/^new\.person\d+@/);
  });
});

describe("the clock", () => {
  const advance = (advanceSeconds: unknown) => org.control("POST", "/sandbox/clock", { advanceSeconds });
  const DAY = 86_400;

  it("moves every time there is ahead, rate-limit windows and the Date header with them", async () => {
    const before = Date.now();
    const reply = await advance(10 * DAY);
    expect(at(reply.body, "aheadSeconds")).toBe(10 * DAY);
    expect(Date.parse(text(reply.body, "now")) - before).toBeGreaterThanOrEqual(10 * DAY * 1000);
    const made = await org.api("POST", "/api/v1/users", { profile: profile() });
    for (const name of ["created", "activated", "statusChanged", "lastUpdated"]) {
      expect(Date.parse(text(made.body, name)) - before, name).toBeGreaterThan((10 * DAY - 2) * 1000);
    }
    const date = Date.parse(made.headers.get("date") ?? "");
    expect(date - before).toBeGreaterThan((10 * DAY - 2) * 1000);
    const reset = Number(made.headers.get("x-rate-limit-reset")) * 1000;
    expect(reset - date).toBeLessThanOrEqual(61_000);
    expect(reset - date).toBeGreaterThan(0);
    const logged = list((await org.control("GET", "/sandbox/requests")).body).at(-1);
    expect(Date.parse(text(logged, "time")) - before).toBeGreaterThan((10 * DAY - 2) * 1000);
    await advance(DAY);
    expect(at((await advance(DAY)).body, "aheadSeconds")).toBe(12 * DAY);
  });

  it("opens a rate-limit window that was used up, without waiting", async () => {
    const sandbox = await startSandbox({ rateLimit: 2, windowSeconds: 60, users: 3 });
    const api = sender(sandbox.url, `SSWS ${sandbox.token}`);
    const get = () => api("GET", "/api/v1/users");
    expect([await get(), await get(), await get()].map(short)).toEqual(["200", "200", "429 E0000047"]);
    await sender(sandbox.url, `Bearer ${sandbox.controlKey}`)("POST", "/sandbox/clock", { advanceSeconds: 62 });
    expect(short(await get())).toBe("200");
    await sandbox.close();
  });

  it("goes back with a reset", async () => {
    await advance(DAY);
    await org.control("POST", "/sandbox/reset");
    const { headers } = await org.api("GET", "/api/v1/users/me");
    expect(Math.abs(Date.parse(headers.get("date") ?? "") - Date.now())).toBeLessThan(5000);
  });

  const BAD: [body: unknown, field: string | undefined][] = [
    [{}, "advanceSeconds"],
    [{ advanceSeconds: 0 }, "advanceSeconds"],
    [{ advanceSeconds: -5 }, "advanceSeconds"],
    [{ advanceSeconds: "5" }, "advanceSeconds"],
    [{ advanceSeconds: 1e12 }, "advanceSeconds"],
    [{ seconds: 5 }, "seconds"],
    ["5", undefined],
  ];
  it.each(BAD)("refuses %j", async (body, field) => {
    const reply = await org.control("POST", "/sandbox/clock", body);
    expect(reply.status).toBe(400);
    expect(at(reply.body, "field")).toBe(field);
    expect(text(reply.body, "error")).not.toBe("");
  });

  it("ends 100 years from now", async () => {
    const replies = [];
    for (let decade = 0; decade < 11; decade += 1) replies.push(await advance(3650 * DAY));
    expect(replies.map(({ status }) => status)).toEqual([...Array(10).fill(200), 400]);
    await org.control("POST", "/sandbox/reset");
  });
});
