import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listAt, textAt } from "../support/at.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

describe("the package that npm would publish", () => {
  let folder = "";
  let files: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "okta-users-mcp-"));
    // dist/ is built already; --ignore-scripts keeps npm from building it under the feet of other tests.
    const packed = await run(npm, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
    const [said] = listAt({ packed: JSON.parse(packed.stdout) }, "packed");
    files = listAt(said, "files").map((file) => textAt(file, "path"));
    const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
    await run(npm, ["install", "--global", "--prefix", folder, "--offline", "--no-audit", join(folder, tarball)]);
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("holds only what users need", () => {
    const outside = files.filter((file) => !file.startsWith("dist/"));
    expect(outside.sort()).toEqual(["LICENSE", "README.md", "SECURITY.md", "package.json"]);
    expect(files).toContain("dist/main.js");
    expect(files).toContain("dist/THIRD-PARTY-NOTICES.txt");
  });

  it("works after a global install, with nothing else installed", async () => {
    const bin =
      process.platform === "win32" ? join(folder, "okta-users-mcp.cmd") : join(folder, "bin", "okta-users-mcp");
    const client = new Client({ name: "test-host", version: "1.0.0" });
    await client.connect(new StdioClientTransport({ command: bin, stderr: "ignore" }));
    const result = await client.callTool({ name: "get_user", arguments: { userId: "me" } });
    await client.close();
    expect(result.structuredContent).toMatchObject({ org: "sandbox", user: { status: "ACTIVE" } });
  });
});
