import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/index.ts";
import { at, list, profile, sandboxFor, sender, text } from "./harness.ts";

const org = sandboxFor();
const HTML = { accept: "text/html,application/xhtml+xml" };
const TOKEN = "00secretSECRETsecret0123456789secretSECRET01";

/* ---- what the server sends ---- */

/** The events of a stream as they come, until it ends. */
async function* eventsOf(url: string): AsyncGenerator<{ event: string; data: unknown }> {
  const response = await fetch(`${url}/events`);
  let seen = "";
  for await (const chunk of response.body ?? []) {
    seen += Buffer.from(chunk).toString();
    for (let end = seen.indexOf("\n\n"); end >= 0; end = seen.indexOf("\n\n")) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(seen.slice(0, end)) ?? [];
      seen = seen.slice(end + 2);
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

describe("the page", () => {
  it("is for browsers; an API client at / still gets Okta's answer", async () => {
    const page = await fetch(`${org.sandbox.url}/`, { headers: HTML });
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const agent = await fetch(`${org.sandbox.url}/?x=1`, { headers: { "user-agent": "Mozilla/5.0" } });
    expect(await agent.text()).toBe(await page.text());
    expect((await fetch(`${org.sandbox.url}/`)).headers.get("content-type")).toBe("application/json");
  });

  it("is one small file that may run nothing but itself", async () => {
    const page = await fetch(`${org.sandbox.url}/`, { headers: HTML });
    const html = await page.text();
    expect(Buffer.byteLength(html)).toBeLessThan(15_000);
    expect(html).not.toMatch(/(src|href)="(?!data:)|https?:|innerHTML|\son\w+=/);
    const policy = page.headers.get("content-security-policy") ?? "";
    for (const tag of ["style", "script"]) {
      const inside = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? "";
      const hash = createHash("sha256").update(inside).digest("base64");
      expect(policy).toContain(`${tag}-src 'sha256-${hash}';`);
    }
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
  });
});

describe("the stream", () => {
  it("tells of the org, of what was, and of what happens, without the control key and without secrets", async () => {
    await org.api("GET", `/api/v1/users?limit=1&token=${TOKEN}`);
    const stream = eventsOf(org.sandbox.url);
    const first = await stream.next();
    expect(first.value?.event).toBe("org");
    const users = list(at(await org.snapshot(), "users"));
    expect(at(first.value?.data, "total")).toBe(users.length);
    const recent = await stream.next();
    expect(recent.value?.event).toBe("recent");
    expect(JSON.stringify(recent.value)).toContain('["token","•••"]');

    const login = String(profile().login);
    const sent = { ...profile({ login }), firstName: "Streamed" };
    await org.api("POST", "/api/v1/users", { profile: sent, credentials: { password: { value: "Hush-hush-2041" } } });
    const request = await stream.next();
    expect(request.value).toMatchObject({ event: "request", data: { method: "POST", status: 200, login } });
    const changed = await stream.next();
    expect(changed.value?.event).toBe("org");
    expect(at(changed.value?.data, "total")).toBe(users.length + 1);
    expect(text(changed.value?.data, "newest", 0, "name")).toBe("Streamed Person");
    await stream.return(undefined);
    const all = JSON.stringify([first, recent, request, changed]);
    for (const secret of [TOKEN, "Hush", org.sandbox.token, org.sandbox.controlKey]) expect(all).not.toContain(secret);
  });

  it("is for this page only, and not for any number of them", async () => {
    const foreign = await fetch(`${org.sandbox.url}/events`, { headers: { "sec-fetch-site": "cross-site" } });
    expect(foreign.status).toBe(403);
    const opened = await Promise.all(Array.from({ length: 20 }, () => fetch(`${org.sandbox.url}/events`)));
    expect(opened.map(({ status }) => status).sort()).toEqual([...Array(16).fill(200), ...Array(4).fill(503)]);
    await Promise.all(opened.map(({ body }) => body?.cancel()));
    await expect
      .poll(async () => {
        const again = await fetch(`${org.sandbox.url}/events`);
        await again.body?.cancel();
        return again.status;
      })
      .toBe(200);
  });

  it("ends at once when the sandbox is closed", async () => {
    const sandbox = await startSandbox({ users: 3 });
    const stream = eventsOf(sandbox.url);
    await stream.next();
    await stream.next();
    const rest = stream.next().catch(() => "cut");
    const started = performance.now();
    await sandbox.close();
    await rest;
    expect(performance.now() - started).toBeLessThan(500);
  });
});

/* ---- a real browser ---- */

const BROWSER = findBrowser();
const why = BROWSER === undefined ? " (skipped: no /usr/bin/chromium, no Chrome on PATH, no CHROMIUM_PATH)" : "";

describe.skipIf(BROWSER === undefined)(`in Chromium${why}`, () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: BROWSER ?? "",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await browser.newPage();
    page.on("console", (message) => problems.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("dialog", (dialog) => void dialog.dismiss().then(() => problems.push("a dialog")));
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${org.sandbox.url}/`);
    await page.getByText("Live").waitFor();
  }, 60_000);
  afterAll(() => browser?.close());

  it("shows the counts of the org, and that they change", async () => {
    const counts = async (): Promise<Record<string, number>> => {
      const users = list(at(await org.snapshot(), "users"));
      const found: Record<string, number> = {};
      for (const user of users) found[text(user, "status")] = (found[text(user, "status")] ?? 0) + 1;
      return { ...found, people: users.length };
    };
    const shown = async (): Promise<Record<string, number>> => {
      const found: Record<string, number> = { people: Number(await page.locator("#people").textContent()) };
      for (const item of await page.locator("#statuses li").all()) {
        found[(await item.getAttribute("data-status")) ?? ""] = Number(await item.locator(".num").textContent());
      }
      return found;
    };
    const before = await counts();
    expect(await shown()).toEqual(before);
    const { body } = await org.api("POST", "/api/v1/users?activate=false", { profile: profile() });
    await org.api("POST", `/api/v1/users/${text(body, "id")}/lifecycle/deactivate`);
    await org.api("POST", "/api/v1/users?activate=false", { profile: profile() });
    await expect.poll(shown, { timeout: 2000 }).toEqual(await counts());
    expect(await counts()).not.toEqual(before);
  });

  it("shows a request within a second, without being loaded again", async () => {
    const made = profile();
    await org.api("POST", "/api/v1/users", { profile: made });
    const row = page.locator("#rows tr").first();
    await row.getByText(String(made.login)).waitFor({ timeout: 1000 });
    expect(await row.locator("td").nth(1).textContent()).toBe("POST");
    expect(await row.locator(".path").textContent()).toBe("/api/v1/users");
    expect(await row.locator(".code").getAttribute("class")).toBe("code s2");
    await org.api("GET", "/api/v1/users/nobody@nowhere.example?x=1");
    await page.locator("#rows tr").first().locator(".s4").waitFor({ timeout: 1000 });
    await org.control("POST", "/sandbox/faults", { kind: "drop-before" });
    await org.api("GET", "/api/v1/users").catch(() => undefined);
    await page.getByText("fault: drop-before").waitFor({ timeout: 1000 });
    expect(asked.filter((url) => url.endsWith("/"))).toHaveLength(1);
  });

  it("shows hostile values as text", async () => {
    const hostile = profile({
      firstName: `<img src=x onerror="window.hacked=1">`,
      lastName: "\u202e<script>window.hacked=2</script>",
    });
    await org.api("POST", "/api/v1/users", { profile: hostile });
    await org.api("POST", "/api/v1/groups", { profile: { name: "<b onmouseover=hacked()>group", description: "" } });
    await org.api(
      "GET",
      `/api/v1/users/${encodeURIComponent("<svg onload=alert(1)>\u202e")}?q=<iframe>&token=${TOKEN}`,
    );
    await page.getByText("/api/v1/users/<svg onload=alert(1)>⟨U+202E⟩", { exact: true }).waitFor({ timeout: 2000 });
    await page
      .getByText(`<img src=x onerror="window.hacked=1"> ⟨U+202E⟩<script>window.hacked=2</script>`)
      .waitFor({ timeout: 2000 });
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(await page.locator("img, iframe, main script, main svg, main b[onmouseover]").count()).toBe(0);
  });

  it("holds no secret", async () => {
    const dom = await page.content();
    for (const secret of [TOKEN, org.sandbox.token, org.sandbox.controlKey, "SSWS"]) expect(dom).not.toContain(secret);
  });

  it("filters, pauses and clears", async () => {
    const visible = () => page.locator("#rows tr:visible .method").allTextContents();
    await page.getByRole("button", { name: "Writes" }).click();
    expect(await visible()).not.toContain("GET");
    await page.getByRole("button", { name: "All" }).click();
    expect(await visible()).toContain("GET");
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await visible()).toEqual([]);
    await page.getByRole("button", { name: "Pause" }).click();
    await org.api("GET", "/api/v1/users/me");
    await page.getByRole("button", { name: "Resume (1)" }).click();
    expect(await visible()).toEqual(["GET"]);
  });

  it("has landmarks, a table with headers, and live regions", async () => {
    for (const role of ["banner", "main", "complementary", "contentinfo", "table"] as const) {
      expect(await page.getByRole(role).count(), role).toBe(1);
    }
    expect(await page.getByRole("columnheader").allTextContents()).toEqual([
      "Time",
      "Method",
      "Request",
      "Status",
      "ms",
    ]);
    expect(await page.getByRole("status").textContent()).toBe("Live");
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });

  it("had no errors, and asked nobody else", () => {
    expect(problems).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(`${org.sandbox.url}/`) && !url.startsWith("data:"))).toEqual([]);
  });

  it("comes back by itself when the sandbox does", async () => {
    const first = await startSandbox({ users: 3 });
    const other = await browser.newPage();
    await other.goto(`${first.url}/`);
    await other.getByText("Live").waitFor();
    await first.close();
    await other.getByText("Reconnecting").waitFor();
    const second = await startSandbox({ users: 5, port: Number(new URL(first.url).port) });
    await other.getByText("Live").waitFor({ timeout: 5000 });
    await expect.poll(() => other.locator("#people").textContent()).toBe("5");
    const me = await sender(second.url, `SSWS ${second.token}`)("GET", "/api/v1/users/me");
    await other
      .getByText(text(me.body, "profile", "login"))
      .first()
      .waitFor({ timeout: 1000 });
    await other.close();
    await second.close();
  });
});

/** CHROMIUM_PATH, the usual place, or a Chrome on PATH. */
function findBrowser(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env.CHROMIUM_PATH ?? "", "/usr/bin/chromium", ...onPath].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return path !== "";
    } catch {
      return false;
    }
  });
}
