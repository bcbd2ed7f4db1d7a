import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProver } from "../../../../src/okta/auth/proof.ts";
import { type SignInFile, signInStore } from "../../../../src/okta/auth/store.ts";
import { OktaError } from "../../../../src/okta/error.ts";

const ORG = "https://acme.okta.com";
let state = "";
let file: SignInFile;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "sign-ins-"));
  file = signInStore(state).file(ORG, "0oaabc");
});
afterEach(() => rmSync(state, { recursive: true }));

describe("a stored sign-in", () => {
  it("comes back as it was written, for this user only", async () => {
    expect(await file.read()).toBeUndefined();
    await file.write({ refreshToken: "r1" });
    expect(await file.read()).toEqual({ refreshToken: "r1", proofKey: undefined });
    const { key } = createProver();
    await file.write({ refreshToken: "r2", proofKey: key });
    expect(await file.read()).toEqual({ refreshToken: "r2", proofKey: key });
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file.path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(file.path))).toEqual([basename(file.path)]);
    await file.remove();
    expect(await file.read()).toBeUndefined();
  });

  /** [org, client] */
  const places: readonly [string, string][] = [
    [ORG, "0oaabc"],
    [ORG, "0oaABC"],
    ["https://acme.oktapreview.com", "0oaabc"],
    ["http://127.0.0.1:3000", "0oaabc"],
    ["http://127.0.0.1:3001", "0oaabc"],
    ["http://[::1]:3000", "0oaabc"],
    [ORG, "../../../etc/passwd"],
    [ORG, "con"],
    [ORG, "a".repeat(400)],
  ];
  it("has its own file for each org and client, under a name that every system takes", () => {
    const names = places.map(([org, client]) => {
      const { path } = signInStore(state).file(org, client);
      expect(dirname(path)).toBe(join(state, "okta-users-mcp", "sign-ins"));
      expect(basename(path)).toMatch(/^[\w-][\w.-]{1,140}\.json$/);
      return path.toLowerCase();
    });
    expect(new Set(names).size).toBe(places.length);
  });

  const folder = (): string => dirname(file.path);
  const write = (text: string, mode = 0o600): void => {
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    writeFileSync(file.path, text, { mode });
  };
  const GOOD = JSON.stringify({ refreshToken: "r1" });
  /** [what, how it comes about, what is said] */
  const refused: readonly [string, () => void, RegExp][] = [
    ["that others may read", () => write(GOOD, 0o640), /may be read by others, so it is not used/],
    ["that is a link", () => relink(), /is a symbolic link/],
    ["that is a folder", () => mkdirSync(file.path, { recursive: true, mode: 0o700 }), /is not a file/],
    ["that is no JSON", () => write("{"), /is damaged: run okta-users-mcp login/],
    ["that is something else", () => write("[]"), /is damaged/],
    ["with an empty token", () => write('{"refreshToken":""}'), /is damaged/],
    ["with half a key", () => write('{"refreshToken":"r1","proofKey":{"kty":"EC"}}'), /is damaged/],
  ];
  const relink = (): void => {
    write(GOOD);
    rmSync(file.path);
    writeFileSync(join(state, "elsewhere"), GOOD, { mode: 0o600 });
    symlinkSync(join(state, "elsewhere"), file.path);
  };
  it.each(refused)("%s is not used", async (_, make, says) => {
    make();
    const error = await file.read().catch((caught: unknown) => caught);
    if (!(error instanceof OktaError)) throw new Error("it was used");
    expect(error.failure.code).toBe("unauthorized");
    expect(error.failure.summary).toMatch(says);
    expect(error.failure.summary).toContain(file.path);
  });

  it("is not written where others may look", async () => {
    mkdirSync(folder(), { recursive: true });
    chmodSync(folder(), 0o755);
    await expect(file.write({ refreshToken: "r1" })).rejects.toMatchObject({
      failure: { summary: expect.stringMatching(/sign-ins is open to others/) },
    });
    expect(readdirSync(folder())).toEqual([]);
  });

  it("takes the place of a link without touching where that leads", async () => {
    relink();
    await file.write({ refreshToken: "r2" });
    expect(await file.read()).toEqual({ refreshToken: "r2" });
    expect(readFileSync(join(state, "elsewhere"), "utf8")).toBe(GOOD);
  });

  it("says which file cannot be written, and why", async () => {
    writeFileSync(join(state, "okta-users-mcp"), "");
    await expect(file.write({ refreshToken: "r1" })).rejects.toMatchObject({
      failure: { summary: `The stored sign-in ${file.path} cannot be written (ENOTDIR).` },
    });
  });
});

describe("the lock of a sign-in", () => {
  it("that is nobody's any more is taken by one at a time, however many find it", async () => {
    const file = signInStore(state).file(ORG, "0oastale");
    await file.write({ refreshToken: "r" });
    let inside = 0;
    let most = 0;
    for (let round = 0; round < 20; round += 1) {
      const lock = `${file.path}.lock`;
      writeFileSync(lock, `elsewhere 1 ${round}`, { mode: 0o600 });
      utimesSync(lock, new Date(0), new Date(0));
      await Promise.all(
        Array.from({ length: 6 }, () =>
          signInStore(state)
            .file(ORG, "0oastale")
            .locked(async () => {
              inside += 1;
              most = Math.max(most, inside);
              await sleep(2);
              inside -= 1;
            }),
        ),
      );
    }
    expect(most).toBe(1);
  });

  it("of a process that is gone is taken over at once", async () => {
    const file = signInStore(state).file(ORG, "0oadead");
    await file.write({ refreshToken: "r" });
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    writeFileSync(`${file.path}.lock`, `${hostname()} ${gone} x`, { mode: 0o600 });
    const begun = performance.now();
    expect(await file.locked(async () => "in")).toBe("in");
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(existsSync(`${file.path}.lock`)).toBe(false);
  });

  it("lets one in at a time, and the next when it is done or failed", async () => {
    const other = signInStore(state).file(ORG, "0oaabc");
    let inside = 0;
    const seen: number[] = [];
    const act = (fails: boolean) => async () => {
      inside += 1;
      seen.push(inside);
      await sleep(5);
      inside -= 1;
      if (fails) throw new Error("failed inside");
    };
    const ends = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => (n % 2 ? file : other).locked(act(n % 3 === 0))),
    );
    expect(seen).toEqual(Array.from({ length: 8 }, () => 1));
    expect(ends.filter(({ status }) => status === "rejected")).toHaveLength(3);
    expect(readdirSync(dirname(file.path))).toEqual([]);
  });

  it.each([
    ["a minute ago", -60],
    ["in an hour, by a clock that was set back", 3600],
  ])("is taken over from who died %s", async (_, seconds) => {
    await file.write({ refreshToken: "r1" });
    const lock = `${file.path}.lock`;
    writeFileSync(lock, "another", { mode: 0o600 });
    const then = Date.now() / 1000 + seconds;
    utimesSync(lock, then, then);
    const owners = new Set<string>();
    let inside = 0;
    const act = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      owners.add(readFileSync(lock, "utf8"));
      await sleep(5);
      inside -= 1;
    };
    await Promise.all([file.locked(act), signInStore(state).file(ORG, "0oaabc").locked(act), file.locked(act)]);
    expect(owners.size).toBe(3);
    expect(owners.has("another")).toBe(false);
    expect(readdirSync(dirname(file.path))).toEqual([basename(file.path)]);
  });

  it("is not given back by who has lost it", async () => {
    const lock = `${file.path}.lock`;
    await file.locked(async () => writeFileSync(lock, "another"));
    expect(readFileSync(lock, "utf8")).toBe("another");
  });
});
