import { describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/index.ts";
import { at, list, sandboxFor, sender, short, text } from "./harness.ts";

const org = sandboxFor();
const fault = (body: unknown) => org.control("POST", "/sandbox/faults", body);
const me = () => org.api("GET", "/api/v1/users/me");

/** Status and content type of a plain request, whose body may be no JSON. */
async function look(path = "/api/v1/users/me"): Promise<string> {
  const response = await fetch(org.sandbox.url + path, { headers: { authorization: `SSWS ${org.sandbox.token}` } });
  const body = await response.text();
  return `${response.status} ${response.headers.get("content-type")} ${body.slice(0, 15)}`;
}

async function logged(count: number): Promise<unknown[]> {
  return list((await org.control("GET", "/sandbox/requests")).body).slice(-count);
}

describe("instead of the work", () => {
  it("status, as often as asked, only where asked", async () => {
    await fault({
      kind: "status",
      status: 503,
      count: 2,
      method: "get",
      path: "/api/v1/users/me",
      headers: { "X-Odd": "1" },
    });
    expect((await org.api("GET", "/api/v1/users?limit=1")).status).toBe(200);
    expect((await me()).headers.get("x-odd")).toBe("1");
    expect(short(await me())).toBe("503 E0000009");
    expect((await me()).status).toBe(200);
  });

  it.each([429, 500, 503])("the next two answers are %i with HTML", async (status) => {
    await fault({ kind: "html", status, count: 2 });
    expect(await look()).toBe(`${status} text/html <!doctype html>`);
    expect(await look()).toBe(`${status} text/html <!doctype html>`);
    expect(await look()).toMatch(/^200 application\/json/);
  });

  it.each(["status", "html"])("429 as %s, with a reset ahead", async (kind) => {
    await fault({ kind, status: 429, resetInSeconds: 7 });
    const { status, headers } = await fetch(`${org.sandbox.url}/api/v1/users/me`);
    expect(status).toBe(429);
    expect(headers.get("x-rate-limit-remaining")).toBe("0");
    expect(Number(headers.get("x-rate-limit-reset")) - Date.now() / 1000).toBeGreaterThan(6);
  });

  it("redirect and huge", async () => {
    await fault({ kind: "redirect" });
    expect((await me()).status).toBe(302);
    await fault({ kind: "huge" });
    const huge = await me();
    expect(text(huge.body, 0, "padding").length).toBeGreaterThan(16 * 1024 * 1024);
  });
});

describe("around the work", () => {
  it("delay", async () => {
    await fault({ kind: "delay", delayMs: 80 });
    const start = performance.now();
    expect((await me()).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(75);
    const [last] = await logged(1);
    expect(at(last, "fault")).toBe("delay");
    expect(at(last, "ms")).toBeGreaterThan(75);
  });

  it("closing the sandbox does not wait for a delay", async () => {
    const sandbox = await startSandbox({ users: 3 });
    const control = sender(sandbox.url, `Bearer ${sandbox.controlKey}`);
    await control("POST", "/sandbox/faults", { kind: "delay", delayMs: 60_000 });
    const asked = fetch(`${sandbox.url}/api/v1/users/me`).catch(() => "cut");
    await new Promise((go) => setTimeout(go, 30));
    await sandbox.close();
    expect(await asked).toBe("cut");
  });

  it("drop before the work, drop after it", async () => {
    const person = (name: string) => ({
      profile: { firstName: "Drop", lastName: "Ped", email: "d@x.example", login: `${name}@x.example` },
    });
    await fault({ kind: "drop-before" });
    await expect(org.api("POST", "/api/v1/users", person("before"))).rejects.toThrow();
    await fault({ kind: "drop-after" });
    await expect(org.api("POST", "/api/v1/users", person("after"))).rejects.toThrow();
    expect((await org.api("GET", "/api/v1/users/before@x.example")).status).toBe(404);
    expect((await org.api("GET", "/api/v1/users/after@x.example")).status).toBe(200);
    expect((await logged(4)).map((entry) => at(entry, "status"))).toEqual([0, 0, 404, 200]);
  });

  const BROKEN: [kind: string, problem: string][] = [
    ["truncate", "terminated"],
    ["bad-json", "JSON"],
    ["html", "JSON"],
  ];
  it.each(BROKEN)("%s", async (kind, problem) => {
    await fault({ kind });
    await expect(me()).rejects.toThrow(problem);
  });
});

it("DELETE takes all faults back", async () => {
  await fault({ kind: "status", count: 100 });
  await org.control("DELETE", "/sandbox/faults");
  expect((await me()).status).toBe(200);
});

describe("a bad body is refused with the field that is wrong", () => {
  const BAD: [body: unknown, field: string | undefined, error: RegExp][] = [
    ["{", undefined, /must be a JSON object/],
    [[], undefined, /must be a JSON object/],
    [{}, "kind", /kind must be one of status, delay, drop-before/],
    [{ kind: "earthquake" }, "kind", /kind must be one of/],
    [{ kind: "delay", delay: 5 }, "delay", /delay is unknown\. Known are kind, count/],
    [{ kind: "delay", delayMs: -1 }, "delayMs", /delayMs must be a whole number from 0 to 600000/],
    [{ kind: "delay", delayMs: "80" }, "delayMs", /whole number/],
    [{ kind: "status", status: 99 }, "status", /status must be a whole number from 200 to 599/],
    [{ kind: "status", count: 0 }, "count", /count must be a whole number from 1/],
    [{ kind: "status", count: 1.5 }, "count", /whole number/],
    [{ kind: "status", method: 5 }, "method", /method must be a string/],
    [{ kind: "status", path: "" }, "path", /path must be a string/],
    [{ kind: "status", headers: "x" }, "headers", /headers must be an object/],
    [{ kind: "status", headers: { "bad name": "x" } }, "headers", /name that no header can have/],
    [{ kind: "status", headers: { x: "a\r\nb: c" } }, "headers.x", /printable ASCII/],
  ];
  it.each(BAD)("%j", async (body, field, error) => {
    const reply = await fault(body);
    expect(reply.status).toBe(400);
    expect(at(reply.body, "field")).toBe(field);
    expect(text(reply.body, "error")).toMatch(error);
    expect((await me()).status).toBe(200);
  });
});
