import { describe, expect, it } from "vitest";
import { ConfigError, flagOf, readConfig, SETTINGS } from "../../src/config.ts";

const TOKEN = "00Qe-dGnIWnTjE4zZLxp_RFQU4Wkq21nPGwSJbi3YO";
const URL_ = "https://acme.okta.com";
const ORG = { OKTA_ORG_URL: URL_, OKTA_API_TOKEN: TOKEN };

type Environment = Readonly<Record<string, string | undefined>>;

const sandbox = {
  org: undefined,
  readOnly: false,
  tools: [],
  timeoutMs: 30_000,
  maxWaitMs: 30_000,
  logLevel: "info",
  logFormat: "text",
  warnings: [],
};
const org = { url: URL_, apiToken: TOKEN };

describe("a good configuration", () => {
  /** [environment, flags, what differs from the embedded sandbox with every default] */
  const cases: readonly [Environment, readonly string[], object][] = [
    [{}, [], {}],
    [{ PATH: "/bin", HOME: "/home/ada", okta_org_url: "x" }, [], {}],
    [{ OKTA_ORG_URL: "", OKTA_API_TOKEN: " ", OKTA_READ_ONLY: "", OKTA_TOOLS: "\t", OKTA_CLIENT_ID: "" }, [], {}],
    [{ OKTA_ORG_URL: undefined }, [], {}],
    [ORG, [], { org }],
    [{ OKTA_ORG_URL: ` ${URL_}/ `, OKTA_API_TOKEN: ` ${TOKEN}\n` }, [], { org }],
    [{ ...ORG, OKTA_ORG_URL: "https://ACME.okta.com:443" }, [], { org }],
    [
      { ...ORG, OKTA_ORG_URL: "https://id.acme.example:8443" },
      [],
      { org: { ...org, url: "https://id.acme.example:8443" } },
    ],
    [{ ...ORG, OKTA_ORG_URL: "https://admin.okta.com" }, [], { org: { ...org, url: "https://admin.okta.com" } }],
    [
      { ...ORG, OKTA_ORG_URL: "https://acme-admin.example" },
      [],
      { org: { ...org, url: "https://acme-admin.example" } },
    ],
    [{ ...ORG, OKTA_ORG_URL: "http://localhost:8080" }, [], { org: { ...org, url: "http://localhost:8080" } }],
    [{ ...ORG, OKTA_ORG_URL: "http://127.0.0.1:1" }, [], { org: { ...org, url: "http://127.0.0.1:1" } }],
    [{ ...ORG, OKTA_ORG_URL: "http://127.9.8.7" }, [], { org: { ...org, url: "http://127.9.8.7" } }],
    [{ ...ORG, OKTA_ORG_URL: "http://[::1]:80" }, [], { org: { ...org, url: "http://[::1]" } }],
    [{ OKTA_API_TOKEN: TOKEN }, ["--org-url", URL_], { org }],
    [{ OKTA_API_TOKEN: TOKEN }, [`--org-url=${URL_}`], { org }],
    [{ ...ORG, OKTA_ORG_URL: "https://other.okta.com" }, ["--org-url", URL_], { org }],
    [{ OKTA_ORG_URL: URL_ }, ["--org-url="], {}],
    [{ OKTA_READ_ONLY: "true" }, [], { readOnly: true }],
    [{ OKTA_READ_ONLY: "false" }, [], {}],
    [{}, ["--read-only"], { readOnly: true }],
    [{}, ["--read-only", "true"], { readOnly: true }],
    [{}, ["--read-only", "false"], {}],
    [{}, ["--read-only=true"], { readOnly: true }],
    [{ OKTA_READ_ONLY: "true" }, ["--read-only=false"], {}],
    [{}, ["--read-only", "--tools", "users"], { readOnly: true, tools: ["users"] }],
    [{}, ["--tools", "users", "--read-only"], { readOnly: true, tools: ["users"] }],
    [{ OKTA_TOOLS: "users, -delete_user ,,get_user" }, [], { tools: ["users", "-delete_user", "get_user"] }],
    [{ OKTA_TOOLS: "users" }, ["--tools", "-roles"], { tools: ["-roles"] }],
    [{}, ["--tools=-roles,-tokens"], { tools: ["-roles", "-tokens"] }],
    [{ OKTA_TIMEOUT_SECONDS: "1", OKTA_MAX_WAIT_SECONDS: "0" }, [], { timeoutMs: 1_000, maxWaitMs: 0 }],
    [
      { OKTA_TIMEOUT_SECONDS: "3600", OKTA_MAX_WAIT_SECONDS: "3600" },
      [],
      { timeoutMs: 3_600_000, maxWaitMs: 3_600_000 },
    ],
    [{}, ["--timeout-seconds", "5", "--max-wait-seconds=7"], { timeoutMs: 5_000, maxWaitMs: 7_000 }],
    [{ OKTA_LOG_LEVEL: "debug", OKTA_LOG_FORMAT: "json" }, [], { logLevel: "debug", logFormat: "json" }],
    [{ OKTA_LOG_LEVEL: "error", OKTA_LOG_FORMAT: "text" }, ["--log-level", "warn"], { logLevel: "warn" }],
    [{ OKTA_CONFIRM: "argument" }, [], {}],
    [{}, ["--confirm", "argument"], {}],
    [{}, ["--"], {}],
  ];
  it.each(cases)("%j with %j", (environment, flags, differences) => {
    expect(readConfig(environment, flags)).toEqual({ ...sandbox, ...differences });
  });
});

describe("a configuration that cannot be used is one line that names what is wrong and what would be right", () => {
  const AVAILABLE = "is not available yet; unset it";
  const ORIGIN = "OKTA_ORG_URL must be the origin alone, without a path: https://acme.okta.com";
  const SCHEME = "OKTA_ORG_URL must start with https:// (plain http only for loopback)";
  const CREDENTIALS = "OKTA_ORG_URL must not hold a user name or password; give https://your-org.okta.com";
  const UNFILLED = "is a placeholder that the host did not fill in; set the variable it names";
  const ALONE = "OKTA_API_TOKEN must be the token alone: no blanks, no quotes, no SSWS before it";
  const SECONDS = "must be a whole number of seconds from";
  /** [environment, flags, the whole message] */
  const cases: readonly [Environment, readonly string[], string][] = [
    [{ OKTA_ORG_URL: URL_ }, [], "OKTA_ORG_URL is set but OKTA_API_TOKEN is not; set both or neither"],
    [{ OKTA_API_TOKEN: TOKEN }, [], "OKTA_API_TOKEN is set but OKTA_ORG_URL is not; set both or neither"],
    [{ ...ORG, OKTA_API_TOKEN: "" }, [], "OKTA_ORG_URL is set but OKTA_API_TOKEN is not; set both or neither"],
    [{ ...ORG, OKTA_ORG_URL: "acme" }, [], "OKTA_ORG_URL is not a URL; give https://your-org.okta.com"],
    [{ ...ORG, OKTA_ORG_URL: "acme.okta.com" }, [], "OKTA_ORG_URL is not a URL; give https://your-org.okta.com"],
    [{ ...ORG, OKTA_ORG_URL: "https://" }, [], "OKTA_ORG_URL is not a URL; give https://your-org.okta.com"],
    [{ ...ORG, OKTA_ORG_URL: "http://acme.okta.com" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "http://127.0.0.1.evil.example" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "http://localhost.evil.example" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "http://10.0.0.1" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "http://0.0.0.0" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "http://[::2]" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "ftp://acme.okta.com" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "localhost:8080" }, [], SCHEME],
    [{ ...ORG, OKTA_ORG_URL: "https://ada@acme.okta.com" }, [], CREDENTIALS],
    [{ ...ORG, OKTA_ORG_URL: "https://ada:s3cret@acme.okta.com" }, [], CREDENTIALS],
    [{ ...ORG, OKTA_ORG_URL: "https://:s3cret@acme.okta.com" }, [], CREDENTIALS],
    [{ ...ORG, OKTA_ORG_URL: `${URL_}/api/v1` }, [], ORIGIN],
    [{ ...ORG, OKTA_ORG_URL: `${URL_}/api/v1?token=${TOKEN}` }, [], ORIGIN],
    [{ ...ORG, OKTA_ORG_URL: `${URL_}//` }, [], ORIGIN],
    [{ ...ORG, OKTA_ORG_URL: `${URL_}?x=1` }, [], ORIGIN],
    [{ ...ORG, OKTA_ORG_URL: `${URL_}?` }, [], ORIGIN],
    [{ ...ORG, OKTA_ORG_URL: `${URL_}#x` }, [], ORIGIN],
    [{ ...ORG, OKTA_ORG_URL: `${URL_}/#` }, [], ORIGIN],
    [
      { ...ORG, OKTA_ORG_URL: "https://acme-admin.okta.com" },
      [],
      "OKTA_ORG_URL is the admin console; the org is https://acme.okta.com",
    ],
    [
      { ...ORG, OKTA_ORG_URL: "https://a-b-admin.oktapreview.com/" },
      [],
      "OKTA_ORG_URL is the admin console; the org is https://a-b.oktapreview.com",
    ],
    [
      { ...ORG, OKTA_ORG_URL: "https://acme-admin.okta-emea.com" },
      [],
      "OKTA_ORG_URL is the admin console; the org is https://acme.okta-emea.com",
    ],
    [
      { ...ORG, OKTA_ORG_URL: "https://acme-admin.okta-gov.com" },
      [],
      "OKTA_ORG_URL is the admin console; the org is https://acme.okta-gov.com",
    ],
    [
      { ...ORG, OKTA_ORG_URL: "https://acme-admin.okta.mil" },
      [],
      "OKTA_ORG_URL is the admin console; the org is https://acme.okta.mil",
    ],
    [{ OKTA_ORG_URL: "https://acme.okta.com", OKTA_API_TOKEN: "$OKTA_API_TOKEN" }, [], `OKTA_API_TOKEN ${UNFILLED}`],
    [{ OKTA_ORG_URL: "$OKTA_ORG_URL", OKTA_API_TOKEN: TOKEN }, [], `OKTA_ORG_URL ${UNFILLED}`],
    [{ OKTA_TOOLS: " , ," }, [], "OKTA_TOOLS names no tool; unset it for all tools"],
    [{ ...ORG, OKTA_API_TOKEN: `SSWS ${TOKEN}` }, [], ALONE],
    [{ ...ORG, OKTA_API_TOKEN: "00abc\ndef" }, [], ALONE],
    [{ ...ORG, OKTA_API_TOKEN: "00abcé" }, [], ALONE],
    [{ ...ORG, OKTA_API_TOKEN: `"${TOKEN}"` }, [], ALONE],
    [{ ...ORG, OKTA_API_TOKEN: `'${TOKEN}'` }, [], ALONE],
    [{ OKTA_READ_ONLY: "TRUE" }, [], "OKTA_READ_ONLY must be false or true"],
    [{ OKTA_READ_ONLY: "1" }, [], "OKTA_READ_ONLY must be false or true"],
    [{ OKTA_READ_ONLY: "yes" }, [], "OKTA_READ_ONLY must be false or true"],
    [{}, ["--read-only=1"], "OKTA_READ_ONLY must be false or true"],
    [{ OKTA_TIMEOUT_SECONDS: "0" }, [], `OKTA_TIMEOUT_SECONDS ${SECONDS} 1 to 3600`],
    [{ OKTA_TIMEOUT_SECONDS: "3601" }, [], `OKTA_TIMEOUT_SECONDS ${SECONDS} 1 to 3600`],
    [{ OKTA_TIMEOUT_SECONDS: "1.5" }, [], `OKTA_TIMEOUT_SECONDS ${SECONDS} 1 to 3600`],
    [{ OKTA_TIMEOUT_SECONDS: "1e3" }, [], `OKTA_TIMEOUT_SECONDS ${SECONDS} 1 to 3600`],
    [{ OKTA_TIMEOUT_SECONDS: "30s" }, [], `OKTA_TIMEOUT_SECONDS ${SECONDS} 1 to 3600`],
    [{ OKTA_MAX_WAIT_SECONDS: "-1" }, [], `OKTA_MAX_WAIT_SECONDS ${SECONDS} 0 to 3600`],
    [{}, ["--max-wait-seconds", "never"], `OKTA_MAX_WAIT_SECONDS ${SECONDS} 0 to 3600`],
    [{ OKTA_LOG_LEVEL: "verbose" }, [], "OKTA_LOG_LEVEL must be error or warn or info or debug"],
    [{ OKTA_LOG_LEVEL: "INFO" }, [], "OKTA_LOG_LEVEL must be error or warn or info or debug"],
    [{ OKTA_LOG_FORMAT: "xml" }, [], "OKTA_LOG_FORMAT must be text or json"],
    [{ OKTA_CONFIRM: "human" }, [], `OKTA_CONFIRM=human ${AVAILABLE}`],
    [{ OKTA_CONFIRM: "never" }, [], "OKTA_CONFIRM must be argument"],
    [{ OKTA_CLIENT_ID: "0oa1" }, [], `OKTA_CLIENT_ID ${AVAILABLE}`],
    [{ OKTA_PRIVATE_KEY: "x" }, [], `OKTA_PRIVATE_KEY ${AVAILABLE}`],
    [{ OKTA_PRIVATE_KEY_FILE: "x" }, [], `OKTA_PRIVATE_KEY_FILE ${AVAILABLE}`],
    [{ OKTA_KEY_ID: "x" }, [], `OKTA_KEY_ID ${AVAILABLE}`],
    [{ OKTA_SCOPES: "x" }, [], `OKTA_SCOPES ${AVAILABLE}`],
    [{ OKTA_SECRETS: "refuse" }, [], `OKTA_SECRETS ${AVAILABLE}`],
    [{ OKTA_PROTECTED_USERS: "x" }, [], `OKTA_PROTECTED_USERS ${AVAILABLE}`],
    [{ OKTA_PROTECTED_GROUPS: "x" }, [], `OKTA_PROTECTED_GROUPS ${AVAILABLE}`],
    [{ OKTA_AUDIT_LOG: "x" }, [], `OKTA_AUDIT_LOG ${AVAILABLE}`],
    [{ OKTA_EXPORT_DIR: "x" }, [], `OKTA_EXPORT_DIR ${AVAILABLE}`],
    [{ OKTA_BULK_MAX: "5" }, [], `OKTA_BULK_MAX ${AVAILABLE}`],
    [{ OKTA_RATE_LIMIT_RESERVE: "5" }, [], `OKTA_RATE_LIMIT_RESERVE ${AVAILABLE}`],
    [{}, ["--api-token", TOKEN], "--api-token is no flag: set OKTA_API_TOKEN in the environment"],
    [{}, [`--api-token=${TOKEN}`], "--api-token is no flag: set OKTA_API_TOKEN in the environment"],
    [{}, ["--private-key", "x"], "--private-key is not available yet"],
    [{}, ["--tool", "users"], "--tool is not a flag; did you mean --tools?"],
    [{}, ["--readonly"], "--readonly is not a flag; did you mean --read-only?"],
    [{}, ["--org_url=x"], "--org_url is not a flag; did you mean --org-url?"],
    [{}, ["--port", "80"], "--port is not a flag; see --help"],
    [{}, ["--constructor=x"], "--constructor is not a flag; see --help"],
    [{}, ["--__proto__=x"], "--__proto__ is not a flag; see --help"],
    [{}, ["-r"], "-r is not a flag; see --help"],
    [{}, ["--tools"], "--tools needs a value"],
    [{}, ["--read-only", "yes"], '"yes" is not a command; see --help'],
    [{}, ["--", "users"], '"users" is not a command; see --help'],
  ];
  it.each(cases)("%j with %j", (environment, flags, message) => {
    const read = (): unknown => readConfig(environment, flags);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(expect.objectContaining({ message }));
  });

  it("has a case for every setting there will be later", () => {
    const told = cases.flatMap(([, , message]) => /^(\S+) is not available yet/.exec(message)?.[1] ?? []);
    expect(told).toEqual(expect.arrayContaining(SETTINGS.filter(({ later }) => later).map(({ name }) => name)));
  });

  it("never repeats a secret", () => {
    for (const [environment, flags] of cases) {
      let message = "";
      try {
        readConfig(environment, flags);
      } catch (error) {
        message = String(error);
      }
      expect(message).not.toMatch(new RegExp(`${TOKEN}|s3cret`));
      expect(message).not.toContain("\n");
    }
  });
});

describe("a name that is nearly a setting is warned about", () => {
  it.each([
    ["OKTA_ORG_URI", "OKTA_ORG_URL"],
    ["OKTA_APITOKEN", "OKTA_API_TOKEN"],
    ["OKTA_API_TOKENS", "OKTA_API_TOKEN"],
    ["OKTA_READONLY", "OKTA_READ_ONLY"],
    ["OKTA_TOOL", "OKTA_TOOLS"],
    ["OKTA_LOGLEVEL", "OKTA_LOG_LEVEL"],
    ["OKTA_TIMEOUT", "OKTA_TIMEOUT_SECONDS"],
    ["OKTA_PROTECTED_USER", "OKTA_PROTECTED_USERS"],
  ])("%s", (name, meant) => {
    const { warnings, ...rest } = readConfig({ [name]: "x" });
    expect(warnings).toEqual([`${name} is not a setting; did you mean ${meant}?`]);
    expect({ ...rest, warnings: [] }).toEqual(sandbox);
  });

  it.each(["OKTA_SOMETHING_ELSE_ALTOGETHER", "XOKTA_ORG_URL", "okta_org_uri", "OKTA"])("%s is left alone", (name) => {
    expect(readConfig({ [name]: "x" }).warnings).toEqual([]);
  });

  it("also where the configuration is that of an org", () => {
    expect(readConfig({ ...ORG, OKTA_READ_ONY: "true" })).toEqual({
      ...sandbox,
      org,
      warnings: ["OKTA_READ_ONY is not a setting; did you mean OKTA_READ_ONLY?"],
    });
  });
});

describe("settings and flags", () => {
  it.each([
    ["OKTA_ORG_URL", "org-url"],
    ["OKTA_READ_ONLY", "read-only"],
    ["OKTA_MAX_WAIT_SECONDS", "max-wait-seconds"],
    ["OKTA_TOOLS", "tools"],
  ])("%s is --%s", (name, flag) => {
    expect(flagOf({ name, meaning: "", fallback: "" })).toBe(flag);
  });

  it("have no flag where the value is a secret", () => {
    const secret = SETTINGS.filter(({ name }) => /TOKEN|PRIVATE_KEY/.test(name));
    expect(secret.map(({ name }) => name)).toEqual(["OKTA_API_TOKEN", "OKTA_PRIVATE_KEY", "OKTA_PRIVATE_KEY_FILE"]);
    expect(secret.every(({ noFlag }) => noFlag)).toBe(true);
  });

  it("read the environment of the process unless given another", () => {
    process.env.OKTA_LOG_LEVEL = "debug";
    try {
      expect(readConfig().logLevel).toBe("debug");
    } finally {
      delete process.env.OKTA_LOG_LEVEL;
    }
  });
});
