import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttp, request, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, textAt } from "../support/at.ts";
import { startOrg, type TestOrg } from "../support/org.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { closedPort } from "../tools/between.ts";

/** A certificate for `org.test` and the CA that signed it, valid until 2120. */
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const CA = fixture("ca.pem");

const USER = "proxy-user";
const PASSWORD = "Proxy-pass-9";

interface Proxy {
  readonly port: number;
  /** What was asked of it: `CONNECT host:port` and the credentials that came along. */
  readonly asked: { readonly target: string; readonly credentials: string }[];
}

let org: TestOrg;
let front: number;
const servers: TcpServer[] = [];
const sockets = new Set<Duplex>();
const started: TestServer[] = [];

async function listen(server: TcpServer): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The org behind TLS, as `https://org.test`. */
function tlsFront(orgUrl: string): TcpServer {
  const secrets = { cert: readFileSync(fixture("org.test.pem")), key: readFileSync(fixture("org.test.key")) };
  return createHttps(secrets, (incoming, response) => {
    const { method, headers, url = "/" } = incoming;
    const passed = request(orgUrl + url, { method, headers: { ...headers, host: "127.0.0.1" } }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(passed.on("error", () => response.destroy()));
  });
}

/** A proxy that opens tunnels, all of them to the front whatever their name, or answers every CONNECT with `status`. */
async function startProxy(status = 200): Promise<Proxy> {
  const asked: Proxy["asked"] = [];
  const server: Server = createHttp((_, response) => void response.writeHead(500).end());
  server.on("connect", (incoming, socket) => {
    const [, basic = ""] = (incoming.headers["proxy-authorization"] ?? "").split(" ");
    asked.push({ target: incoming.url ?? "", credentials: Buffer.from(basic, "base64").toString() });
    socket.on("error", () => {});
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const tunnel = connect(front, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      tunnel.pipe(socket).pipe(tunnel);
    });
    sockets.add(tunnel.on("error", () => socket.destroy()));
  });
  return { port: await listen(server), asked };
}

async function serve(env: Record<string, string>): Promise<TestServer> {
  const server = await startServer({
    ...org.env,
    OKTA_ORG_URL: `https://org.test:${front}`,
    NODE_EXTRA_CA_CERTS: CA,
    OKTA_LOG_LEVEL: "debug",
    ...env,
  });
  started.push(server);
  return server;
}

const through = (port: number): string => `http://${USER}:${PASSWORD}@127.0.0.1:${port}`;

/** The error of a read and of a write that could not go out, after looking that no secret shows anywhere. */
async function failures(server: TestServer): Promise<{ read: unknown; write: unknown }> {
  const read = await server.call("list_users", { limit: 1 });
  const profile = { login: "p@example.com", email: "p@example.com", firstName: "P", lastName: "X" };
  const write = await server.call("create_user", { profile });
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), btoa(`${USER}:${PASSWORD}`), org.token])
    expect(read.text + write.text + server.stderr()).not.toContain(secret);
  expect([read.failed, write.failed]).toEqual([true, true]);
  return { read: at(read.reply, "error"), write: at(write.reply, "error") };
}

beforeAll(async () => {
  org = await startOrg("--users", "20");
  front = await listen(tlsFront(org.url));
});
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await org.stop();
});

describe("behind a proxy", () => {
  it("calls go through it, with its credentials, to an org whose certificate is of a private CA", async () => {
    const proxy = await startProxy();
    const server = await serve({ HTTPS_PROXY: through(proxy.port) });
    const [{ failed, reply }, requests] = await org.watch(() => server.call("list_users", { limit: 2 }));
    expect(failed, JSON.stringify(reply)).toBe(false);
    expect(requests).toHaveLength(1);
    expect(proxy.asked).toEqual([{ target: `org.test:${front}`, credentials: `${USER}:${PASSWORD}` }]);
    expect(server.stderr()).not.toContain(PASSWORD);
  });

  it("many calls at once share its tunnels, and the next uses one that is open", async () => {
    const proxy = await startProxy();
    const server = await serve({ HTTPS_PROXY: through(proxy.port) });
    const answers = await Promise.all(Array.from({ length: 30 }, () => server.call("list_users", { limit: 1 })));
    expect(answers.filter(({ failed }) => failed)).toEqual([]);
    const tunnels = proxy.asked.length;
    expect(tunnels).toBeLessThanOrEqual(12);
    await server.call("list_users", { limit: 1 });
    expect(proxy.asked).toHaveLength(tunnels);
  });

  it("is not asked for an org on this machine", async () => {
    const proxy = await startProxy();
    const server = await serve({ OKTA_ORG_URL: org.url, HTTPS_PROXY: through(proxy.port) });
    expect((await server.call("list_users", { limit: 1 })).failed).toBe(false);
    expect(proxy.asked).toEqual([]);
  });
});

/** None of these reaches the org, and each has a proxy of its own. */
describe.concurrent("behind a proxy that does not help", () => {
  it.each([
    ["the name", "org.test"],
    ["its domain", ".test"],
    ["all", "*"],
  ])("NO_PROXY with %s goes past it", async (_, noProxy) => {
    const proxy = await startProxy();
    const server = await serve({ HTTPS_PROXY: through(proxy.port), NO_PROXY: noProxy });
    const { read, write } = await failures(server);
    // Nobody but the proxy knows where org.test is.
    expect(read).toMatchObject({ code: "unreachable", summary: expect.stringMatching(/\((ENOTFOUND|EAI_AGAIN)\)/) });
    expect(write).toMatchObject({ summary: expect.stringMatching(/\((ENOTFOUND|EAI_AGAIN)\)/) });
    expect(proxy.asked).toEqual([]);
  });

  it.each([407, 502])("one that answers %i is named", async (status) => {
    const proxy = await startProxy(status);
    const { read, write } = await failures(await serve({ HTTPS_PROXY: through(proxy.port) }));
    const summary = expect.stringContaining(`the proxy of HTTPS_PROXY answered ${status}`);
    expect(read).toMatchObject({ code: "unreachable", summary });
    expect(write).toMatchObject({ summary });
    expect(textAt(write, "summary")).toMatch(/^Nothing was (sent|done: before create_user)/);
  });

  it("one that is down is named", async () => {
    const { read, write } = await failures(await serve({ HTTPS_PROXY: through(await closedPort()) }));
    const summary = expect.stringContaining("ECONNREFUSED: the proxy of HTTPS_PROXY cannot be reached");
    expect(read).toMatchObject({ code: "unreachable", summary });
    expect(write).toMatchObject({ summary });
  });
});

describe.concurrent("a certificate that is not trusted", () => {
  it.each(["through a proxy", "on the direct way"])("is named, %s, and the setting that helps", async (way) => {
    const proxy = await startProxy();
    // On the direct way by its address, for which the certificate is not made either; trust is what is checked first.
    const server = await serve({
      NODE_EXTRA_CA_CERTS: "",
      ...(way === "through a proxy"
        ? { HTTPS_PROXY: through(proxy.port) }
        : { OKTA_ORG_URL: `https://localhost:${front}` }),
    });
    const [{ read, write }, requests] = await org.watch(() => failures(server));
    const summary = expect.stringMatching(
      /UNABLE_TO_VERIFY_LEAF_SIGNATURE: the certificate is not trusted; NODE_EXTRA_CA_CERTS/,
    );
    expect(read).toMatchObject({ code: "unreachable", summary });
    expect(write).toMatchObject({ summary });
    expect(requests).toEqual([]);
  });

  it("nor is one for another name", async () => {
    const server = await serve({ OKTA_ORG_URL: `https://localhost:${front}` });
    const { read } = await failures(server);
    expect(textAt(read, "summary")).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID: the certificate is not valid for this host/);
  });
});
