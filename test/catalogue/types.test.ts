import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { operation } from "../../src/operation.ts";
import { z } from "../../src/schema.ts";

/*
 * What an author of operations gets wrong does not compile. Each line the compiler must refuse stands under an
 * expectation of an error, and is an error itself once the compiler takes it; beside it stands the line it must take.
 */
const facts = { name: "x", title: "X", summary: "X.", scope: "okta.users.read" } as const;
const read = { ...facts, effect: "read", returns: "user" } as const;
const take = { ...facts, effect: "destructive" } as const;
const add = { ...facts, effect: "additive" } as const;
const id = z.string();

const taken = [
  () => operation({ ...read, route: "GET /api/v1/users/{userId}", path: { userId: id } }),
  () => operation({ ...read, route: "GET /api/v1/users", path: {} }),
  () => operation({ ...take, route: "DELETE /api/v1/users/{a}/b/{c}", path: { a: id, c: id }, confirm: () => "Gone." }),
  () => operation({ ...add, route: "POST /api/v1/users", path: {} }),
  () =>
    operation({
      ...add,
      route: "POST /api/v1/users",
      path: {},
      query: { now: id },
      check: ({ now }) => ({ field: now, problem: "" }),
    }),
  () =>
    operation({
      ...add,
      route: "POST /api/v1/users",
      path: {},
      body: { n: z.number() },
      confirm: ({ n }) => n.toFixed(),
    }),
  () =>
    operation({
      ...read,
      route: "GET /api/v1/users",
      path: {},
      query: { now: id },
      unsent: { who: id },
      queryFrom: ({ who, now }) => ({ filter: who + now }),
    }),
];

const refused = [
  // @ts-expect-error a placeholder without its path entry
  () => operation({ ...read, route: "GET /api/v1/users/{userId}", path: {} }),
  // @ts-expect-error the second of two placeholders without its path entry
  () => operation({ ...read, route: "GET /api/v1/users/{userId}/b/{other}", path: { userId: id } }),
  // @ts-expect-error a path entry without its placeholder
  () => operation({ ...read, route: "GET /api/v1/users", path: { userId: id } }),
  // @ts-expect-error a path entry beside those of the placeholders
  () => operation({ ...read, route: "GET /api/v1/users/{userId}", path: { userId: id, other: id } }),
  // @ts-expect-error a misspelt path entry
  () => operation({ ...read, route: "GET /api/v1/users/{userId}", path: { userID: id } }),
  // @ts-expect-error a path entry that is not a text
  () => operation({ ...read, route: "GET /api/v1/users/{userId}", path: { userId: z.number() } }),
  // @ts-expect-error a path entry that may be left out
  () => operation({ ...read, route: "GET /api/v1/users/{userId}", path: { userId: id.optional() } }),
  // @ts-expect-error a destructive operation without confirm
  () => operation({ ...take, route: "DELETE /api/v1/users/{userId}", path: { userId: id } }),
  // @ts-expect-error a destructive operation whose confirm is undefined
  () => operation({ ...take, route: "DELETE /api/v1/users", path: {}, confirm: undefined }),
  // @ts-expect-error a method Okta's user API does not have
  () => operation({ ...read, route: "PATCH /api/v1/users", path: {} }),
  // @ts-expect-error a route outside the API
  () => operation({ ...read, route: "GET /oauth2/v1/clients", path: {} }),
  // @ts-expect-error an effect there is not
  () => operation({ ...facts, effect: "harmless", route: "GET /api/v1/users", path: {} }),
  // @ts-expect-error a scope there is not
  () => operation({ ...read, scope: "okta.users.all", route: "GET /api/v1/users", path: {} }),
  // @ts-expect-error a status there is not
  () => operation({ ...read, refusedFrom: ["GONE"], route: "GET /api/v1/users", path: {} }),
  // @ts-expect-error a resource there is not
  () => operation({ ...facts, effect: "read", returns: "people", route: "GET /api/v1/users", path: {} }),
  // @ts-expect-error a consequence that depends on an argument there is not
  () => operation({ ...add, route: "POST /api/v1/users", path: {}, confirm: ({ notify }) => String(notify) }),
  // @ts-expect-error a check of an argument there is not
  () => operation({ ...add, route: "POST /api/v1/users", path: {}, check: ({ notify }) => notify }),
  // @ts-expect-error a query made of an argument there is not
  () => operation({ ...read, route: "GET /api/v1/users", path: {}, queryFrom: ({ who }) => ({ filter: who }) }),
  // @ts-expect-error a query parameter that is not a text
  () => operation({ ...read, route: "GET /api/v1/users", path: {}, queryFrom: () => ({ limit: 1 }) }),
];

const here = fileURLToPath(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-types-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("what is taken becomes operations with the arguments they name", () => {
  expect(taken.map((make) => Object.keys(make().input.shape))).toEqual([
    ["userId", "detail"],
    ["detail"],
    ["a", "c", "confirm"],
    [],
    ["now"],
    ["n", "confirm"],
    ["who", "now", "detail"],
  ]);
});

it("the compiler takes and refuses every line above as said", async () => {
  const expectations = readFileSync(here, "utf8").match(/^ {2}\/\/ @ts-expect-error /gm) ?? [];
  expect(expectations).toHaveLength(refused.length);
  expect(await complaints()).toEqual([]);
});

/** What the compiler says of this file, with the project's own settings; the other files are not its business. */
function complaints(): Promise<string[]> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(root, "node_modules/@types")] },
    include: [],
    files: [here],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [compiler, "--pretty", "false", "-p", folder],
      { cwd: root },
      (error, stdout, stderr) => {
        // Its exit code tells of other files too; without one it did not run.
        if (error && typeof error.code !== "number") reject(error);
        else if (stderr !== "") reject(new Error(stderr));
        else resolve(stdout.split("\n").filter((line) => line.includes(basename(here))));
      },
    );
  });
}
