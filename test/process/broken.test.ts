import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { at } from "../support/at.ts";
import { COMMAND } from "../support/org.ts";
import { endStrays, startHost } from "./host.ts";

afterAll(endStrays);

describe("what breaks around a running server", () => {
  it("a host that closes the log goes on being served", async () => {
    const host = startHost();
    await host.initialize();
    host.closeLog();
    host.write("garbage\nmore garbage\n");
    expect(at(await host.call("get_user", { userId: "me" }), "user.status")).toBe("ACTIVE");
    host.endInput();
    expect(await host.ended()).toBe(0);
  });

  it("what a host sends by mistake does not stand in the log", async () => {
    const host = startHost();
    await host.initialize();
    const stray = { jsonrpc: "2.0", id: 4711, result: { password: "Hunter2-Sup3rSecret" } };
    host.write(`${JSON.stringify(stray)}\n{"params":{"password":{"value":"Hunter2-Sup3rSecret\n`);
    await host.call("get_user", { userId: "me" });
    host.endInput();
    await host.ended();
    expect(host.stderr()).toMatch(/not the protocol/);
    expect(host.stderr()).not.toMatch(/Hunter/);
  });

  it("a part that cannot be loaded is an answer of ours, without a path in it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "okta-users-mcp-"));
    const dist = dirname(COMMAND);
    const parts = (await readdir(dist)).filter((name) => name.startsWith("calls-"));
    await cp(dist, folder, { recursive: true });
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    for (const part of parts) await rm(join(folder, part));
    const host = startHost([], {}, join(folder, "main.js"));
    await host.initialize();
    const reply = await host.call("get_user", { userId: "me" });
    expect(at(reply, "error.code")).toBe("bad_response");
    expect(at(reply, "org")).toBe("sandbox");
    expect(JSON.stringify(reply)).not.toContain(folder);
    expect(host.stderr()).toMatch(/could not be opened/);
    host.endInput();
    expect(await host.ended()).toBe(0);
    await rm(folder, { recursive: true });
  });
});
