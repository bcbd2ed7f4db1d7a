import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLog, LOG_LEVELS, type LogFields, type LogFormat, type LogLevel } from "../../src/log.ts";
import { at } from "../support/at.ts";
import { RUNS } from "./runs.ts";
import { anyText } from "./texts.ts";

const TOKEN = "00Qe-dGnIWnTjE4zZLxp_RFQU4Wkq21nPGwSJbi3YO";
const FORMATS: readonly LogFormat[] = ["text", "json"];
const JWT = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl";
const PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----";

function logged(
  entry: { severity?: LogLevel; message?: string; fields?: LogFields },
  { level = "debug", format = "text", secrets = [] }: { level?: LogLevel; format?: LogFormat; secrets?: string[] } = {},
): string {
  const lines: string[] = [];
  const log = createLog(level, format, secrets, (line) => void lines.push(line));
  log[entry.severity ?? "info"](entry.message ?? "told", entry.fields);
  return lines.join("");
}

describe("what is written", () => {
  it.each(LOG_LEVELS)("at level %s, that and what is graver", (level) => {
    const written = LOG_LEVELS.filter((severity) => logged({ severity }, { level }) !== "");
    expect(written).toEqual(LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1));
  });

  it("as text: one line with the fields behind the message", () => {
    const fields = { status: 200, ms: 12, requestId: undefined, url: "http://127.0.0.1:1" };
    expect(logged({ message: "GET /api/v1/users", fields })).toBe(
      "okta-users-mcp info: GET /api/v1/users status=200 ms=12 url=http://127.0.0.1:1\n",
    );
  });

  it("as JSON: one object with time and level, numbers as numbers", () => {
    const line = logged(
      { severity: "warn", message: "slow", fields: { ms: 12, requestId: undefined } },
      { format: "json" },
    );
    expect(line.endsWith("}\n")).toBe(true);
    const entry: unknown = JSON.parse(line);
    expect(entry).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: "warn",
      message: "slow",
      ms: 12,
    });
  });

  it.each(FORMATS)("in %s, one line whatever the message and the fields", (format) => {
    fc.assert(
      fc.property(anyText, anyText, (message, value) => {
        const line = logged({ message, fields: { value } }, { format });
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(line.endsWith("\n")).toBe(true);
        if (format === "json") expect(Object.keys(JSON.parse(line))).toEqual(["time", "level", "message", "value"]);
      }),
      RUNS,
    );
  });

  it("cut where it is very long", () => {
    expect(logged({ message: "x".repeat(100_000) }).length).toBeLessThan(4_200);
  });

  it("to stderr unless told otherwise", () => {
    const written: string[] = [];
    const write = process.stderr.write;
    process.stderr.write = (chunk: string | Uint8Array): boolean => written.push(String(chunk)) > 0;
    try {
      createLog("info", "text").info("hello");
    } finally {
      process.stderr.write = write;
    }
    expect(written).toEqual(["okta-users-mcp info: hello\n"]);
  });
});

describe("what is kept out", () => {
  /** [what, the message, what must be left] */
  const cases: readonly [string, string, string][] = [
    ["a secret it was told of", `sent ${TOKEN} twice ${TOKEN}`, "sent [secret] twice [secret]"],
    ["a secret inside a word", `a${TOKEN}b`, "a[secret]b"],
    ["an SSWS header", "authorization: SSWS 00abcDEF", "authorization: [secret]"],
    ["a bearer header", "authorization: Bearer abc.def", "authorization: [secret]"],
    ["a DPoP header", "authorization: DPoP abc", "authorization: [secret]"],
    ["a token of three parts", `token=${JWT}.`, "token=[secret]."],
    ["a token of two parts", "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.", "[secret]"],
    ["a key", `key ${PEM} end`, "key [secret] end"],
    ["a key without its end", `key ${PEM.slice(0, 60)}`, "key [secret]"],
    ["two keys", `${PEM} and ${PEM}`, "[secret] and [secret]"],
    ["nothing else", "GET /api/v1/users 200 SSWS", "GET /api/v1/users 200 SSWS"],
  ];
  it.each(cases)("%s", (_, message, left) => {
    expect(logged({ message }, { secrets: [TOKEN] })).toBe(`okta-users-mcp info: ${left}\n`);
    expect(at(JSON.parse(logged({ message }, { secrets: [TOKEN], format: "json" })), "message")).toBe(left);
    expect(at(JSON.parse(logged({ fields: { f: message } }, { secrets: [TOKEN], format: "json" })), "f")).toBe(left);
  });

  it("no entry is changed by an empty secret", () => {
    expect(logged({ message: "plain" }, { secrets: [""] })).toBe("okta-users-mcp info: plain\n");
  });

  it("a secret is found before a long entry is cut", () => {
    const line = logged({ message: "x".repeat(3_990) + TOKEN }, { secrets: [TOKEN] });
    expect(line).not.toContain(TOKEN.slice(0, 5));
  });

  it.each(FORMATS)("in %s, a secret never appears, wherever it stands", (format) => {
    // Any token a configuration takes; longer than what the entry itself says.
    const secret = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 12,
      maxLength: 60,
    });
    const other = fc.oneof(fc.constantFrom("SSWS ", "Bearer ", '"', "\\", "\n", "=", "%s", "$&"), fc.string());
    fc.assert(
      fc.property(secret, other, other, (token, before, after) => {
        const line = logged(
          { message: `${before}${token}${after}`, fields: { f: `${after}${token}`, g: token, n: 1 } },
          { format, secrets: [token] },
        );
        expect(line).not.toContain(token);
        expect(line).not.toContain(JSON.stringify(token).slice(1, -1));
      }),
      RUNS,
    );
  });

  it("a secret is kept out whole where another one is a part of it", () => {
    const line = logged({ message: "key abc-and-the-rest" }, { secrets: ["abc", "abc-and-the-rest"] });
    expect(line).not.toContain("rest");
  });
});
