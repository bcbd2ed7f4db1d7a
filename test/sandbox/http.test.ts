import { createConnection } from "node:net";
import { describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/index.ts";
import { at, sandboxFor, sender, short, text } from "./harness.ts";

const org = sandboxFor();

/** One raw request; everything the server sends until it closes. */
function raw(lines: string[], body = ""): Promise<string> {
  const { port } = new URL(org.sandbox.url);
  return new Promise((resolve) => {
    let seen = "";
    const socket = createConnection(Number(port), "127.0.0.1", () =>
      socket.write(`${lines.join("\r\n")}\r\nconnection: close\r\n\r\n${body}`),
    );
    socket.on("data", (chunk) => {
      seen += String(chunk);
    });
    socket.on("error", () => resolve(seen));
    socket.on("close", () => resolve(seen));
  });
}

describe("every answer", () => {
  it("carries the recorded headers", async () => {
    const { headers } = await org.api("GET", "/api/v1/users/me");
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("x-okta-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get("cache-control")).toBe("no-cache, no-store");
    expect(headers.get("pragma")).toBe("no-cache");
    expect(headers.get("expires")).toBe("0");
    expect(Date.parse(headers.get("date") ?? "")).toBeGreaterThan(0);
    expect(Number(headers.get("x-rate-limit-reset")) * 1000).toBeGreaterThan(Date.now());
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it("one Link header line for each relation", async () => {
    const seen = await raw([
      "GET /api/v1/users?limit=1 HTTP/1.1",
      "host: 127.0.0.1",
      `authorization: SSWS ${org.sandbox.token}`,
    ]);
    expect(seen.match(/^link: /gim)).toHaveLength(2);
  });
});

describe("refused", () => {
  const TOKENS = ["SSWS wrong", "Basic x", ""];
  it.each(TOKENS)("token %j", async (token) => {
    const reply = await sender(org.sandbox.url, token)("GET", "/api/v1/users");
    expect(short(reply)).toBe("401 E0000011");
    expect(reply.headers.get("www-authenticate")).toBe("SSWS");
    expect(at(reply.body, "errorSummary")).toBe("Invalid token provided");
  });

  const REQUESTS: [method: string, path: string, expected: string, cause?: string][] = [
    ["GET", "/api/v1/policies", "501 E0000060", "The sandbox does not serve GET /api/v1/policies."],
    ["GET", "/api/v1/users/me/devices", "501 E0000060", "The sandbox does not serve GET /api/v1/users/me/devices."],
    ["POST", "/oauth2/v1/introspect", "501 E0000060", "The sandbox does not serve POST /oauth2/v1/introspect."],
    ["PATCH", "/api/v1/users", "405 E0000022"],
    ["GET", "/api/v1/users/me/lifecycle/suspend", "405 E0000022"],
    ["GET", "/api/v1/users/%ZZ", "501 E0000060"],
  ];
  it.each(REQUESTS)("%s %s", async (method, path, expected, cause) => {
    const reply = await org.api(method, path, method === "POST" ? {} : undefined);
    expect(short(reply)).toBe(expected);
    if (cause !== undefined) expect(at(reply.body, "errorCauses", 0, "errorSummary")).toBe(cause);
  });

  const auth = () => `authorization: SSWS ${org.sandbox.token}`;
  it("a Host that is not loopback", async () => {
    expect(await raw(["GET /api/v1/users/me HTTP/1.1", "host: org.example", auth()])).toMatch(/^HTTP\/1\.1 403/);
    expect(await raw(["GET /api/v1/users/me HTTP/1.1", "host: localhost:1", auth()])).toMatch(/^HTTP\/1\.1 200/);
  });

  it("a POST without Content-Length, a body over 1 MB, a body that is not JSON", async () => {
    expect(await raw(["POST /api/v1/users HTTP/1.1", "host: 127.0.0.1", auth()])).toMatch(/^HTTP\/1\.1 411/);
    expect((await org.api("POST", "/api/v1/users", { profile: { title: "x".repeat(1024 * 1024) } })).status).toBe(413);
    expect(short(await org.api("POST", "/api/v1/users", "a=b", { "content-type": "text/plain" }))).toBe("400 E0000021");
  });

  it("the token of a deactivated owner", async () => {
    const me = text((await org.api("GET", "/api/v1/users/me")).body, "id");
    await org.api("POST", `/api/v1/users/${me}/lifecycle/deactivate`);
    expect(short(await org.api("GET", "/api/v1/users/me"))).toBe("401 E0000011");
    await org.control("POST", "/sandbox/reset");
    expect(text((await org.api("GET", "/api/v1/users/me")).body, "id")).toBe(me);
  });
});

describe("rate limit", () => {
  it("counts per bucket, refuses with 429, and opens again after the reset", async () => {
    const sandbox = await startSandbox({ rateLimit: 3, windowSeconds: 1, users: 5 });
    const api = sender(sandbox.url, `SSWS ${sandbox.token}`);
    const get = (path: string) => api("GET", `/api/v1/users${path}`);
    const left = [await get(""), await get(""), await get("")].map((r) => r.headers.get("x-rate-limit-remaining"));
    expect(left).toEqual(["2", "1", "0"]);
    const refused = await get("");
    expect(short(refused)).toBe("429 E0000047");
    expect(at(refused.body, "errorSummary")).toBe("API call exceeded rate limit due to too many requests.");
    expect(refused.headers.get("x-rate-limit-remaining")).toBe("0");
    expect(refused.headers.get("x-rate-limit-limit")).toBe("3");
    expect((await get("/me")).status).toBe(200);
    expect((await get("/me/groups")).status).toBe(200);
    const reset = Number(refused.headers.get("x-rate-limit-reset")) * 1000;
    expect(reset - Date.parse(refused.headers.get("date") ?? "")).toBeLessThanOrEqual(2000);
    await new Promise((resolve) => setTimeout(resolve, reset - Date.now() + 5));
    expect((await get("")).status).toBe(200);
    await sandbox.close();
  });
});
