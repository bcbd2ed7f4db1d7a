import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { at, textAt } from "../support/at.ts";
import { TOOLS } from "../support/catalogue.ts";
import { startOrg, type TestOrg } from "../support/org.ts";
import { sample } from "../support/sample.ts";
import { endStrays, type Host, startHost } from "./host.ts";

let org: TestOrg;
beforeAll(async () => {
  org = await startOrg("--users", "30");
});
afterAll(async () => {
  endStrays();
  await org.stop();
});

const READ = ["list_users", { limit: 1 }] as const;
const signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"];

describe("starting", () => {
  it("answers the handshake and the list of tools without touching the network", async () => {
    let connections = 0;
    const okta = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => okta.listen(0, "127.0.0.1", resolve));
    const port = at(okta.address(), "port");
    const host = startHost([], { OKTA_ORG_URL: `http://127.0.0.1:${port}`, OKTA_API_TOKEN: "00x" });
    const hello = await host.initialize();
    expect(at(hello, "result.serverInfo")).toEqual({
      name: "okta-users-mcp",
      title: `Okta users of 127.0.0.1:${port}`,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    expect(at(await host.ask("tools/list"), "result.tools.51.name")).toBeTypeOf("string");
    expect(at(await host.ask("ping"), "result")).toEqual({});
    host.endInput();
    expect(await host.ended()).toBe(0);
    expect(connections).toBe(0);
    expect(host.strangeLines()).toEqual([]);
    expect(host.lines()).toHaveLength(3);
    okta.close();
  });

  it("on the embedded sandbox org nobody can miss that nothing is real", async () => {
    const host = startHost();
    const hello = await host.initialize();
    expect(textAt(hello, "result.serverInfo.title")).toContain("SANDBOX");
    expect(textAt(hello, "result.instructions")).toMatch(/^[^\n]*SANDBOX/);
    expect(host.stderr().split("\n")[0]).toMatch(
      new RegExp(`^okta-users-mcp warn: \\S+ serves an embedded SANDBOX org .*\\(${TOOLS} of ${TOOLS} tools\\)$`),
    );
    expect(Object.entries(Object(await host.call(...READ)))[0]).toEqual(["org", "sandbox"]);
    const failed = await host.call("get_user", { userId: "nobody" });
    expect(Object.entries(Object(failed))[0]).toEqual(["org", "sandbox"]);
    host.endInput();
    expect(await host.ended()).toBe(0);
  });

  it("offers the tools it is told to, and what they serve", async () => {
    const host = startHost(["--read-only"], { OKTA_TOOLS: "users,roles" });
    const hello = await host.initialize();
    expect(at(hello, "result.capabilities")).toEqual({ tools: {}, prompts: {}, resources: {} });
    const listed = at(await host.ask("tools/list"), "result.tools");
    expect(Array.isArray(listed) && listed.map((tool) => textAt(tool, "name")).sort()).toEqual([
      "get_user",
      "get_user_assigned_role",
      "list_assigned_roles_for_user",
      "list_user_blocks",
      "list_users",
    ]);
    expect(host.stderr()).toContain(`(5 of ${TOOLS} tools)`);
    expect(at(await host.call("delete_user", { userId: "x" }), "error.code")).toBe("read_only");
    expect(at(await host.call("suspend_user", { userId: "x" }), "error.code")).toBe("tool_disabled");
    host.endInput();
    expect(await host.ended()).toBe(0);
  });

  it("warns on stderr of a name that is nearly a setting, and logs as JSON where asked", async () => {
    const host = startHost(["--log-format", "json"], { OKTA_READONLY: "true" });
    await host.initialize();
    host.endInput();
    expect(await host.ended()).toBe(0);
    const entries = host
      .stderr()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(entries.map((entry) => at(entry, "level"))).toEqual(["warn", "warn"]);
    expect(at(entries[1], "message")).toBe("OKTA_READONLY is not a setting; did you mean OKTA_READ_ONLY?");
  });
});

describe("what is not the protocol", () => {
  const call = JSON.stringify({
    jsonrpc: "2.0",
    id: "odd",
    method: "tools/call",
    params: { name: "get_user", arguments: { userId: "me" } },
  });
  const request = (method: string, params: unknown = {}): string =>
    JSON.stringify({ jsonrpc: "2.0", id: "odd", method, params });
  /** [what, what is written to stdin] */
  const noise: readonly [string, string | Uint8Array][] = [
    ["an empty line", "\n"],
    ["blank lines", "\r\n \n\t\n"],
    ["a word", "hello\n"],
    ["half a JSON object", `${call.slice(0, 40)}\n`],
    ["two objects in one line", `${call}${call}\n`],
    ["JSON that is no message", '{"a":1}\n[]\n7\n"x"\nnull\ntrue\n'],
    ["a message of another version", '{"jsonrpc":"1.0","id":9,"method":"ping"}\n'],
    ["a request without a method", '{"jsonrpc":"2.0","id":9}\n'],
    ["an id of a wrong type", '{"jsonrpc":"2.0","id":{},"method":"ping"}\n'],
    ["an answer nobody asked for", '{"jsonrpc":"2.0","id":77,"result":{}}\n'],
    ["an error nobody asked for", '{"jsonrpc":"2.0","id":77,"error":{"code":1,"message":"x"}}\n'],
    ["a notification there is not", '{"jsonrpc":"2.0","method":"notifications/nonsense"}\n'],
    ["a cancel of nothing", '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}\n'],
    [
      "binary",
      Buffer.concat([Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7) % 256)), Buffer.from("\n")]),
    ],
    ["text that is not UTF-8", Buffer.from([0xff, 0xfe, 0x80, 0x0a])],
    ["a terminal's control sequences", "\u001B[2J\u001B]0;title\u0007\n"],
    ["keys of every object", '{"jsonrpc":"2.0","id":9,"method":"__proto__","params":{"__proto__":{"x":1}}}\n'],
    ["a line of 5 MB", `${"x".repeat(5_000_000)}\n`],
    ["a message of 5 MB", `${request("ping", { filler: "x".repeat(5_000_000) })}\n`],
    ["deep nesting", `${"[".repeat(50_000)}${"]".repeat(50_000)}\n`],
  ];

  let shared: Host | undefined;
  /** The server all of it is said to, one after the other; a new one when it is gone. */
  async function listener(): Promise<Host> {
    if (!shared?.running()) {
      shared = startHost();
      await shared.initialize();
    }
    return shared;
  }

  it.each(noise)("%s does not end the server and puts nothing but protocol on stdout", async (_, bytes) => {
    const host = await listener();
    host.write(bytes);
    expect(at(await host.ask("ping"), "result")).toEqual({});
    expect(host.strangeLines()).toEqual([]);
  });

  it("complaints about it are one line each, without a terminal's control sequences", async () => {
    const host = await listener();
    host.write("one\u001B[2J\u202E\n");
    host.endInput();
    expect(await host.ended()).toBe(0);
    expect(host.stderr()).toContain("not the protocol");
    expect(host.stderr().replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(
      host
        .stderr()
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("okta-users-mcp ")),
    ).toEqual([]);
  });

  it("no noise before the handshake does either", async () => {
    const host = startHost();
    for (const [, bytes] of noise.slice(0, -3)) host.write(bytes);
    expect(at(await host.initialize(), "result.serverInfo.name")).toBe("okta-users-mcp");
    host.endInput();
    expect(await host.ended()).toBe(0);
    expect(host.strangeLines()).toEqual([]);
  });

  it("a line that is never finished ends with the input", async () => {
    const host = startHost();
    await host.initialize();
    host.write(call);
    host.endInput();
    expect(await host.ended()).toBe(0);
    expect(host.lines()).toHaveLength(1);
  });

  it("after a line too long for the transport the server answers again or is gone, but is never deaf", async () => {
    const host = startHost();
    await host.initialize();
    // The embedded org keeps a process alive that no longer listens.
    await host.call(...READ);
    host.write("x".repeat(11_000_000));
    host.write("\n");
    const answered = host.ask("ping").then(
      () => true,
      () => false,
    );
    const gone = host.ended(15_000).then(
      () => true,
      () => false,
    );
    expect(await Promise.race([answered, gone])).toBe(true);
  });

  /** [method, params, the error's code] */
  const errors: readonly [string, unknown, number][] = [
    ["server/discover", {}, -32601],
    ["resources/subscribe", { uri: "okta://users/me" }, -32601],
    ["completion/complete", {}, -32601],
    ["logging/setLevel", { level: "debug" }, -32601],
    ["resources/read", { uri: "okta://nonsense" }, -32002],
    ["prompts/get", { name: "nonsense" }, -32602],
    ["tools/nonsense", {}, -32601],
    ["", {}, -32601],
    ["tools/call", { name: "no_such_tool", arguments: {} }, -32602],
    ["tools/call", { name: "__proto__", arguments: {} }, -32602],
    ["tools/call", { name: "", arguments: {} }, -32602],
  ];
  it("is answered with an error of the protocol where it is a request", async () => {
    const host = startHost();
    await host.initialize();
    for (const [method, params, code] of errors) {
      const message = await host.ask(method, params);
      expect([method, at(message, "error.code")]).toEqual([method, code]);
      expect(at(message, "result")).toBeUndefined();
    }
    expect(at(await host.ask("tools/call", { name: "get_usr" }), "error.message")).toContain(
      'Unknown tool "get_usr"; did you mean get_user?',
    );
    expect(at(await host.ask("tools/call", { name: "x\u202E\n" }), "error.message")).toContain(
      'Unknown tool "x\\u{202E}\\u{A}"',
    );
    host.endInput();
    expect(await host.ended()).toBe(0);
  });

  it("a host that asks for server/discover first falls back to the handshake", async () => {
    const host = startHost();
    expect(at(await host.ask("server/discover", { protocolVersion: "2026-07-28" }), "error.code")).toBe(-32601);
    expect(at(await host.initialize(), "result.protocolVersion")).toBe("2025-06-18");
    host.endInput();
    expect(await host.ended()).toBe(0);
  });
});

describe("ending", () => {
  /** [what happened before, how to get there] */
  const before: readonly [string, (host: Host) => Promise<unknown>][] = [
    ["before the handshake", (host) => host.ask("ping")],
    ["after the handshake", (host) => host.initialize()],
    [
      "after calls, with the embedded sandbox org up",
      async (host) => {
        await host.initialize();
        expect(at(await host.call(...READ), "users.0.id")).toBeTypeOf("string");
      },
    ],
  ];
  const ways: readonly [string, (host: Host) => void][] = [
    ["the end of input", (host) => host.endInput()],
    ...signals.map((signal): [string, (host: Host) => void] => [signal, (host) => host.kill(signal)]),
  ];
  const cases = before.flatMap(([when, reach]) => ways.map(([way, end]) => [way, when, reach, end] as const));

  it.concurrent.each(sample(cases))("with %s %s: exit 0, soon", async (_, __, reach, end) => {
    const host = startHost();
    await reach(host);
    expect(host.running()).toBe(true);
    end(host);
    expect(await host.ended()).toBe(0);
    expect(host.strangeLines()).toEqual([]);
  });

  it("with the end of input right after the start: exit 0, soon", async () => {
    const host = startHost();
    host.endInput();
    expect(await host.ended()).toBe(0);
    expect(host.lines()).toEqual([]);
  });

  it.each(signals)("with %s while a read is being delayed: exit 0, soon", async (signal) => {
    const host = startHost([], org.env);
    await host.initialize();
    await host.call(...READ);
    await org.fault({ kind: "delay", delayMs: 8_000, path: "/api/v1/users/delayed" });
    host.send("tools/call", { name: "get_user", arguments: { userId: `delayed.${signal}` } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    host.kill(signal);
    expect(await host.ended()).toBe(0);
  });

  it("with the end of input while a read is being delayed: it is answered first, then exit 0", async () => {
    const host = startHost([], org.env);
    await host.initialize();
    await host.call(...READ);
    await org.fault({ kind: "delay", delayMs: 1_000, path: "/api/v1/users/late" });
    const id = host.send("tools/call", { name: "get_user", arguments: { userId: "late" } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    host.endInput();
    expect(at(await host.answer(id), "result.structuredContent.error.code")).toBe("E0000007");
    expect(await host.ended()).toBe(0);
  });

  it("with its output closed: gone soon", async () => {
    const host = startHost();
    await host.initialize();
    host.closeOutput();
    host.send("ping");
    expect(await host.ended()).toBe(0);
  });

  it.each([
    ["the embedded org", () => ({})],
    ["an org of its own", () => org.env],
  ])("calls piped in before the end of input are answered, on %s", async (_, env) => {
    const host = startHost([], env());
    const hello = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "pipe", version: "1" } };
    const ids = [host.send("initialize", hello)];
    for (let index = 0; index < 20; index += 1)
      ids.push(host.send("tools/call", { name: READ[0], arguments: READ[1] }));
    ids.push(host.send("tools/list"));
    host.endInput();
    expect(await host.ended(10_000)).toBe(0);
    const answered = host.lines().map((line) => at(JSON.parse(line), "id"));
    expect(answered.sort((left, right) => Number(left) - Number(right))).toEqual(ids);
    const replies = host.lines().filter((line) => line.includes('"users":'));
    expect(replies).toHaveLength(20);
  });
});

describe("side by side", () => {
  it("two servers, each with an org of its own, do not get in each other's way", async () => {
    const hosts = [startHost(), startHost()];
    const people = await Promise.all(
      hosts.map(async (host) => {
        await host.initialize();
        return textAt(await host.call("list_users", { limit: 20, search: 'status eq "ACTIVE"' }), "users.19.id");
      }),
    );
    // The same seed makes the same people; what is done in one org is not seen in the other.
    expect(people[0]).toBe(people[1]);
    const [left, right] = hosts;
    const userId = people[0];
    const suspended = await left?.call("suspend_user", { userId, confirm: true });
    expect(at(suspended, "done")).toBe("suspend_user");
    expect(at(await left?.call("get_user", { userId }), "user.status")).toBe("SUSPENDED");
    expect(at(await right?.call("get_user", { userId }), "user.status")).toBe("ACTIVE");
    for (const host of hosts) host.endInput();
    expect(await Promise.all(hosts.map((host) => host.ended()))).toEqual([0, 0]);
  });
});
