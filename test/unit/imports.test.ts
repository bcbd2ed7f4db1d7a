import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/*
 * Who may import what. The product stays easy to change as long as these walls stand: what Okta can do knows nothing
 * of how a call is done, the call knows nothing of the SDK, and the sandbox shares no code with what it stands in for.
 */

interface Import {
  /** The importing file, from the project's root. */
  readonly from: string;
  /** The imported file, from the project's root, or the name of a package. */
  readonly to: string;
  /** Only types: gone at run time. */
  readonly typesOnly: boolean;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every import of a source text: statements, re-exports and `import()`. */
function importsOf(from: string, source: string): Import[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;"'`]*?\sfrom\s+)?["']([^"']+)["']/gm);
  const dynamic = code.matchAll(/\bimport\(\s*["'`]([^"'`]+)["'`]\s*\)/g);
  const located = (to: string): string => (to.startsWith(".") ? posix.join(posix.dirname(from), to) : to);
  return [
    ...[...statements].map(([, type, to = ""]) => ({ from, to: located(to), typesOnly: type !== undefined })),
    ...[...dynamic].map(([, to = ""]) => ({ from, to: located(to), typesOnly: false })),
  ];
}

const sources = ["src", "tools"].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => posix.join(folder, file))
    .map((file) => ({ file, text: readFileSync(root + file, "utf8") })),
);
const imports = sources.flatMap(({ file, text }) => importsOf(file, text));

const shown = ({ from, to, typesOnly }: Import): string => `${from} imports ${typesOnly ? "types of " : ""}${to}`;

describe("the scanner", () => {
  /** [a line, what it imports] */
  const cases: readonly [string, readonly [string, boolean][]][] = [
    ['import { a } from "./b.ts";', [["src/b.ts", false]]],
    ['import a from "undici";', [["undici", false]]],
    ['import * as a from "node:http";', [["node:http", false]]],
    ['import type { A } from "../tools/b.ts";', [["tools/b.ts", true]]],
    ['import { type A } from "./b.ts";', [["src/b.ts", false]]],
    ['import "./b.ts";', [["src/b.ts", false]]],
    ['import {\n  a,\n  b,\n} from "./b.ts";', [["src/b.ts", false]]],
    ['import pkg from "../package.json" with { type: "json" };', [["package.json", false]]],
    ['export { a } from "./b.ts";', [["src/b.ts", false]]],
    ['export * from "./b.ts";', [["src/b.ts", false]]],
    ['export type { A } from "./b.ts";', [["src/b.ts", true]]],
    ['const a = await import("./b.ts");', [["src/b.ts", false]]],
    [
      'import { a } from "./b.ts";\nimport { c } from "jose";',
      [
        ["src/b.ts", false],
        ["jose", false],
      ],
    ],
    ['// import { a } from "./b.ts";', []],
    ['/* import { a } from "./b.ts"; */', []],
    ['export const text = "from elsewhere";', []],
  ];
  it.each(cases)("reads %j", (line, found) => {
    expect(importsOf("src/a.ts", line).map(({ to, typesOnly }) => [to, typesOnly])).toEqual(found);
  });

  it("finds all files and their imports", () => {
    expect(sources.length).toBeGreaterThan(70);
    expect(imports.length).toBeGreaterThan(200);
    for (const { file, text } of sources)
      expect(imports.filter(({ from }) => from === file).length, file).toBe(
        (text.match(/(?<=^|\n)(?:import|export)\s[^;]*?\sfrom\s+"|(?<=^|\n)import\s+"|(?<!\/\/.*)\bimport\("/g) ?? [])
          .length,
      );
  });
});

/** Which files, what they may import at all. */
const WALLS: readonly [files: RegExp, may: RegExp][] = [
  [/^tools\/prompts\.ts$/, /^src\/prompt\.ts$/],
  [/^tools\/(?!(index|prompts)\.ts$)[^/]+$/, /^(src\/operation\.ts|src\/schema\.ts|tools\/[^/]+\.ts)$/],
  [/^tools\/jobs\//, /^(src\/(operation|schema|job)\.ts|tools\/[^/]+\.ts|tools\/jobs\/.+)$/],
  [/^src\/okta\//, /^(undici|jose|node:.+|src\/okta\/.+)$/],
  [/^src\/sandbox\//, /^(jose|node:.+|src\/sandbox\/.+)$/],
  [/^src\/journal\//, /^(node:.+|src\/journal\/.+|src\/schema\.ts)$/],
];

/** Which files, what they must not import as values. */
const NOT_IN_THE_CALL: readonly [what: string, must: RegExp][] = [
  ["the SDK", /^@modelcontextprotocol\//],
  ["undici", /^undici/],
  ["node's HTTP and sockets", /^node:(https?|http2|net|tls)$/],
  ["the client itself", /^src\/okta\/(?!(error|lock|own-folder)\.ts$)/],
  ["the server, the configuration or the sandbox", /^src\/(server|config|main|org|log|sandbox\/.+|cli\/.+)(\.ts)?$/],
  ["the catalogue", /^tools\//],
];
const CALL_FILES = [
  ...["call", "change", "job", "operation", "validate", "request", "person", "confirm", "person-approval", "preview"],
  ...[
    "protection",
    "session",
    "secrets",
    "secret-files",
    "export-files",
    "identity",
    "changes",
    "recorder",
    "write",
    "verify",
  ],
  ...[
    "shape",
    "explain",
    "refusal",
    "inert",
    "views",
    "nearest",
    "schema",
    "ask-once",
    "sweep",
    "first-fitting",
    "runs",
    "patient-pages",
    "seconds-for",
    "recorded",
    "or-undefined",
    "outcome",
    "past-changes",
    "prompt",
    "recent-changes",
    "resource",
    "run-job",
    "state",
  ],
];
/** What stands around the call: it starts, configures or serves it. */
const AROUND_IT = [
  ...["main", "server", "calls", "config", "config-error", "org-settings", "org", "log", "listing", "select"],
  "instructions",
];
const inSrc = (file: string): string => `src/${file}.ts`;
const THE_CALL = new Set(CALL_FILES.map(inSrc));

/** Of the imports of these files, those that reach past the call. */
function reachOut(all: readonly Import[], must: RegExp): Import[] {
  return all.filter(({ from, to, typesOnly }) => THE_CALL.has(from) && must.test(to) && !typesOnly);
}

/** What, by what it is imported as, and the only files that may. */
const ONLY: readonly [what: string, imported: RegExp, files: RegExp][] = [
  ["the SDK", /^@modelcontextprotocol\//, /^src\/(server|cli\/demo)\.ts$/],
  ["zod", /^zod($|\/|-)/, /^src\/schema\.ts$/],
  ["undici", /^undici/, /^src\/okta\//],
  ["the jobs", /^tools\/jobs\//, /^(tools\/(index\.ts$|jobs\/)|src\/calls\.ts$)/],
  ["the catalogue", /^tools\//, /^(tools\/|src\/calls\.ts$|src\/cli\/|src\/build\/)/],
  ["the sandbox", /^src\/sandbox\//, /^src\/(sandbox\/|org\.ts$|cli\/)/],
  ["commands for people", /^src\/cli\//, /^src\/(cli\/|main\.ts$|build\/)/],
  ["the build", /^src\/build\//, /^src\/build\//],
  ["the server", /^src\/server\.ts$/, /^src\/main\.ts$/],
  [
    "files",
    /^node:fs/,
    /^src\/(secret-files|export-files|runs|sweep|okta\/(lock|own-folder)|main|org-settings)\.ts$|^src\/(journal|okta\/auth|cli|build)\//,
  ],
  ["child processes", /^node:child_process$/, /^src\/(cli|build)\//],
  ["esbuild", /^esbuild$/, /^src\/build\//],
  ["tests", /^test\//, /^$/],
];

describe("imports", () => {
  it.each(WALLS)("of %s are only %s", (files, may) => {
    const own = imports.filter(({ from }) => files.test(from));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ to }) => !may.test(to)).map(shown)).toEqual([]);
  });

  it.each(NOT_IN_THE_CALL)("of the call path know nothing of %s", (_, must) => {
    expect(reachOut(imports, must).map(shown)).toEqual([]);
  });

  it("have a wall around each file of the call path", () => {
    const beside = sources.flatMap(({ file }) => (/^src\/[^/]+$/.test(file) ? [file] : []));
    expect(beside.filter((file) => !THE_CALL.has(file) && !AROUND_IT.map(inSrc).includes(file))).toEqual([]);
    const forbidden = [
      "@modelcontextprotocol/sdk/types.js",
      "undici",
      "node:https",
      "src/okta/client.ts",
      "src/config.ts",
    ];
    const wrong = [...forbidden, "src/cli/terminal.ts", "tools/index.ts"];
    for (const from of beside.filter((file) => THE_CALL.has(file)))
      for (const to of wrong) {
        const found = (typesOnly: boolean): Import[] =>
          NOT_IN_THE_CALL.flatMap(([, must]) => reachOut([{ from, to, typesOnly }], must));
        expect([from, to, found(false).length, found(true).length]).toEqual([from, to, 1, 0]);
      }
  });

  it.each(ONLY)("of %s (%s) stand only in %s", (_, imported, files) => {
    expect(imports.filter(({ from, to }) => imported.test(to) && !files.test(from)).map(shown)).toEqual([]);
  });

  it("name a package the project declares, or one of node's own", () => {
    const declared = Object.keys(JSON.parse(readFileSync(`${root}package.json`, "utf8")).devDependencies);
    const foreign = imports.filter(({ to }) => !/^(src|tools)\/|^package\.json$|^node:/.test(to));
    expect(foreign.length).toBeGreaterThan(5);
    const name = (to: string): string =>
      to
        .split("/")
        .slice(0, to.startsWith("@") ? 2 : 1)
        .join("/");
    expect(foreign.filter(({ to }) => !declared.includes(name(to))).map(shown)).toEqual([]);
  });

  it("run in no circle", () => {
    const next = (file: string): string[] =>
      imports
        .filter(({ from, to, typesOnly }) => from === file && !typesOnly && to.endsWith(".ts"))
        .map(({ to }) => to);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(" -> "));
      if (done.has(file) || trail.includes(file)) return;
      for (const other of next(file)) visit(other, [...trail, file]);
      done.add(file);
    };
    for (const { file } of sources) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe("what stands only in one place", () => {
  const lines = sources.flatMap(({ file, text }) =>
    text.split("\n").flatMap((line) => (/^\s*(\*|\/\/|\/\*)/.test(line) ? [] : [{ file, line: line.trim() }])),
  );

  /** [what, what it looks like, the files that may] */
  const rules: readonly [string, RegExp, RegExp][] = [
    ["the environment is read by the configuration", /\bprocess\.env\b/, /^src\/(config\.ts|cli\/|build\/)/],
    ["the console is for commands", /\bconsole\./, /^src\/(cli|build)\//],
    // The entry hears that it is gone, the server waits until it is empty: nobody writes to it.
    [
      "stdout belongs to the protocol",
      /\bprocess\.stdout\b(?!\.on\("error",|\.writableLength|, "drain"\))/,
      /^src\/(cli|build)\//,
    ],
    ["stderr is for the log and the last word", /\bprocess\.stderr\b/, /^src\/(log\.ts|main\.ts|cli\/|build\/)/],
    [
      "the process ends where it is started",
      /\bprocess\.(exit|abort|kill)\b(?!\(pid, 0\))/,
      /^src\/(main\.ts|cli\/|build\/)/,
    ],
    ["fetch is not used", /\bfetch\(/, /^$/],
    ["code is not made of text", /\b(eval|Function)\(/, /^$/],
    ["what is imported is written down", /\bimport\((?!")/, /^$/],
  ];
  it.each(rules)("%s", (_, looks, files) => {
    const found = lines.filter((place) => looks.test(place.line) && !files.test(place.file));
    expect(found.map(({ file, line }) => `${file}: ${line}`)).toEqual([]);
  });
});
