import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError, flagOf, readConfig, SETTINGS } from "../../src/config.ts";

const TOKEN = "00Qe-dGnIWnTjE4zZLxp_RFQU4Wkq21nPGwSJbi3YO";
const URL_ = "https://acme.okta.com";
const ORG = { OKTA_ORG_URL: URL_, OKTA_API_TOKEN: TOKEN };

type Environment = Readonly<Record<string, string | undefined>>;

const HOME_STATE = readConfig({}).stateDir;
const folder = mkdtempSync(join(tmpdir(), "okta-users-mcp-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};
const KEY_FILE = file("key.pem", PEM);
const OPEN_KEY_FILE = file("open.pem", PEM, 0o644);
mkdirSync(join(folder, "folder"));
const APP = { OKTA_ORG_URL: URL_, OKTA_CLIENT_ID: "0oa1a2b3c4d5e6f7g8h9" };

const sandbox = {
  org: undefined,
  scopes: undefined,
  reservePercent: 10,
  bulkMax: 500,
  proxy: { httpsProxy: undefined, noProxy: undefined },
  stateDir: HOME_STATE,
  readOnly: false,
  tools: [],
  timeoutMs: 30_000,
  maxWaitMs: 30_000,
  confirm: "argument",
  secrets: "reveal",
  protected: { users: [], groups: [] },
  auditLog: undefined,
  exportDir: undefined,
  logLevel: "info",
  logFormat: "text",
  warnings: [],
};
const org = { url: URL_, signIn: { kind: "token", token: TOKEN } };
const key = expect.objectContaining({ algorithm: "ES256", keyId: undefined });
const app = { url: URL_, signIn: { kind: "app", clientId: APP.OKTA_CLIENT_ID, key } };
const named = { ...app, signIn: { ...app.signIn, key: expect.objectContaining({ keyId: "k1" }) } };
const person = { url: URL_, signIn: { kind: "person", clientId: APP.OKTA_CLIENT_ID } };

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
    [{ ...APP, OKTA_PRIVATE_KEY: PEM }, [], { org: app }],
    [{ ...APP, OKTA_PRIVATE_KEY: PEM.replaceAll("\n", "\\n") }, [], { org: app }],
    [{ ...APP, OKTA_PRIVATE_KEY: PEM, OKTA_KEY_ID: "k1" }, [], { org: named }],
    [{ ...APP, OKTA_PRIVATE_KEY: JSON.stringify(privateKey.export({ format: "jwk" })) }, [], { org: app }],
    [{ ...APP, OKTA_PRIVATE_KEY_FILE: KEY_FILE }, [], { org: app }],
    [APP, ["--private-key-file", KEY_FILE, "--key-id", "k1"], { org: named }],
    [
      { ...APP, OKTA_PRIVATE_KEY_FILE: OPEN_KEY_FILE },
      [],
      { org: app, warnings: ["the file of OKTA_PRIVATE_KEY_FILE can be read by others; chmod 600 it"] },
    ],
    [APP, [], { org: person }],
    [{ OKTA_ORG_URL: URL_ }, ["--client-id", APP.OKTA_CLIENT_ID], { org: person }],
    [
      { ...APP, OKTA_SCOPES: " okta.users.read  okta.roles.read okta.users.read" },
      [],
      { org: person, scopes: ["okta.users.read", "okta.roles.read"] },
    ],
    [{ OKTA_RATE_LIMIT_RESERVE: "0" }, [], { reservePercent: 0 }],
    [{}, ["--rate-limit-reserve", "50"], { reservePercent: 50 }],
    [
      { HTTPS_PROXY: "http://proxy.example:3128", NO_PROXY: "okta.com" },
      [],
      { proxy: { httpsProxy: "http://proxy.example:3128", noProxy: "okta.com" } },
    ],
    [
      { HTTPS_PROXY: "http://a.example", https_proxy: "http://b.example" },
      [],
      { proxy: { httpsProxy: "http://b.example", noProxy: undefined } },
    ],
    [{ HTTP_PROXY: "http://a.example" }, [], {}],
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
    [{ OKTA_CONFIRM: "human" }, [], { confirm: "human" }],
    [{ OKTA_CONFIRM: "argument" }, ["--confirm", "human"], { confirm: "human" }],
    [{ OKTA_SECRETS: "reveal" }, [], {}],
    [{ OKTA_SECRETS: "file" }, [], { secrets: "file" }],
    [{ OKTA_SECRETS: "reveal" }, ["--secrets", "refuse"], { secrets: "refuse" }],
    [
      { OKTA_PROTECTED_USERS: " ada@example.com ,,00u1ab2cd3EF4gh5IJ67," },
      [],
      { protected: { users: ["ada@example.com", "00u1ab2cd3EF4gh5IJ67"], groups: [] } },
    ],
    [{ OKTA_PROTECTED_GROUPS: "Board of Directors" }, [], { protected: { users: [], groups: ["Board of Directors"] } }],
    [{}, ["--protected-users=ada", "--protected-groups=Board"], { protected: { users: ["ada"], groups: ["Board"] } }],
    [{ OKTA_AUDIT_LOG: " /var/log/okta.jsonl " }, [], { auditLog: resolve("/var/log/okta.jsonl") }],
    [{ OKTA_AUDIT_LOG: "okta.jsonl" }, [], { auditLog: resolve("okta.jsonl") }],
    [{ OKTA_AUDIT_LOG: "a" }, ["--audit-log", "/b"], { auditLog: resolve("/b") }],
    [{ OKTA_AUDIT_LOG: "a" }, ["--audit-log="], {}],
    [{ OKTA_EXPORT_DIR: "exports" }, [], { exportDir: resolve("exports") }],
    [{ OKTA_EXPORT_DIR: "a" }, ["--export-dir", "/b"], { exportDir: resolve("/b") }],
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
  const ORIGIN = "OKTA_ORG_URL must be the origin alone, without a path: https://acme.okta.com";
  const SCHEME = "OKTA_ORG_URL must start with https:// (plain http only for loopback)";
  const CREDENTIALS = "OKTA_ORG_URL must not hold a user name or password; give https://your-org.okta.com";
  const UNFILLED = "is a placeholder that the host did not fill in; set the variable it names";
  const ALONE = "OKTA_API_TOKEN must be the token alone: no blanks, no quotes, no SSWS before it";
  const WAYS =
    "set OKTA_API_TOKEN, or OKTA_CLIENT_ID with OKTA_PRIVATE_KEY or OKTA_PRIVATE_KEY_FILE, or OKTA_CLIENT_ID alone and run okta-users-mcp login";
  const NO_WAY_IN = `OKTA_ORG_URL is set but no way to sign in is; ${WAYS}`;
  const NO_PROXY_URL =
    "HTTPS_PROXY is not the URL of a proxy; give http://host:port, name and password percent-encoded";
  const ONE_WAY = "are both set; choose one way to sign in and unset the other";
  const SECONDS = "must be a whole number of seconds from";
  /** [environment, flags, the whole message] */
  const cases: readonly [Environment, readonly string[], string][] = [
    [{ OKTA_ORG_URL: URL_ }, [], NO_WAY_IN],
    [{ OKTA_API_TOKEN: TOKEN }, [], "OKTA_API_TOKEN is set but OKTA_ORG_URL is not; set both or neither"],
    [{ ...ORG, OKTA_API_TOKEN: "" }, [], NO_WAY_IN],
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
    [{ OKTA_TOOLS: " , ," }, [], "OKTA_TOOLS names no tool: name families or tools, or unset it for all"],
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
    [{ OKTA_CONFIRM: "never" }, [], "OKTA_CONFIRM must be argument or human"],
    [{ OKTA_CONFIRM: "Human" }, [], "OKTA_CONFIRM must be argument or human"],
    [{ OKTA_CLIENT_ID: "0oa1" }, [], "OKTA_CLIENT_ID is set but OKTA_ORG_URL is not; set both or neither"],
    [{ OKTA_PRIVATE_KEY: "x" }, [], "OKTA_PRIVATE_KEY is set but OKTA_ORG_URL is not; set both or neither"],
    [{ OKTA_PRIVATE_KEY_FILE: "x" }, [], "OKTA_PRIVATE_KEY_FILE is set but OKTA_ORG_URL is not; set both or neither"],
    [{ OKTA_KEY_ID: "x" }, [], "OKTA_KEY_ID is set but OKTA_ORG_URL is not; set both or neither"],
    [{ OKTA_SCOPES: "x" }, [], "OKTA_SCOPES is set but OKTA_ORG_URL is not; set both or neither"],
    [{ OKTA_SECRETS: "File" }, [], "OKTA_SECRETS must be reveal or file or refuse"],
    [{}, ["--secrets", "hide"], "OKTA_SECRETS must be reveal or file or refuse"],
    [{ OKTA_PROTECTED_USERS: " , ," }, [], "OKTA_PROTECTED_USERS names nobody: name ids or logins, or unset it"],
    [{}, ["--protected-users", ","], "OKTA_PROTECTED_USERS names nobody: name ids or logins, or unset it"],
    [{ OKTA_PROTECTED_GROUPS: "," }, [], "OKTA_PROTECTED_GROUPS names no group: name groups or their ids, or unset it"],
    [{}, ["--audit-log"], "--audit-log needs a value"],
    [{ OKTA_RATE_LIMIT_RESERVE: "91" }, [], "OKTA_RATE_LIMIT_RESERVE must be a whole number of percent from 0 to 90"],
    [{ OKTA_RATE_LIMIT_RESERVE: "10%" }, [], "OKTA_RATE_LIMIT_RESERVE must be a whole number of percent from 0 to 90"],
    [{ ...ORG, OKTA_CLIENT_ID: "0oa1" }, [], `OKTA_API_TOKEN and OKTA_CLIENT_ID ${ONE_WAY}`],
    [{ ...ORG, OKTA_PRIVATE_KEY: "s3cret" }, [], `OKTA_API_TOKEN and OKTA_PRIVATE_KEY ${ONE_WAY}`],
    [
      { ...ORG, OKTA_SCOPES: "okta.users.read" },
      [],
      "OKTA_SCOPES does not go with OKTA_API_TOKEN, which has no scopes; unset it",
    ],
    [
      { ...APP, OKTA_CLIENT_ID: TOKEN },
      [],
      "OKTA_CLIENT_ID must be the client id of an app, such as 0oa1a2b3c4d5e6f7g8h9",
    ],
    [
      { ...APP, OKTA_CLIENT_SECRET: "s3cret" },
      [],
      "OKTA_CLIENT_SECRET is of no use: Okta's API takes only a key pair; set OKTA_PRIVATE_KEY, or unset it and run okta-users-mcp login",
    ],
    [
      { ...APP, OKTA_SCOPES: `okta.users.read ${TOKEN}` },
      [],
      'OKTA_SCOPES must be Okta\'s API scopes parted by blanks, such as "okta.users.read okta.roles.read"; entry 2 is none',
    ],
    [
      { OKTA_ORG_URL: URL_, OKTA_PRIVATE_KEY: PEM },
      [],
      `OKTA_ORG_URL is set but OKTA_CLIENT_ID, which goes with OKTA_PRIVATE_KEY, is not; ${WAYS}`,
    ],
    [
      { ...APP, OKTA_CLIENT_ID: "0oa s3cret" },
      [],
      "OKTA_CLIENT_ID must be the client id of an app, such as 0oa1a2b3c4d5e6f7g8h9",
    ],
    [{ ...APP, OKTA_CLIENT_ID: "$OKTA_CLIENT_ID" }, [], `OKTA_CLIENT_ID ${UNFILLED}`],
    [{ ...APP, OKTA_PRIVATE_KEY: "$KEY" }, [], `OKTA_PRIVATE_KEY ${UNFILLED}`],
    [
      { ...APP, OKTA_PRIVATE_KEY: PEM, OKTA_PRIVATE_KEY_FILE: KEY_FILE },
      [],
      "OKTA_PRIVATE_KEY and OKTA_PRIVATE_KEY_FILE are both set; unset one",
    ],
    [
      { ...APP, OKTA_PRIVATE_KEY_FILE: join(folder, "none.pem") },
      [],
      "OKTA_PRIVATE_KEY_FILE does not exist; give the path of the file with the private key",
    ],
    [
      { ...APP, OKTA_PRIVATE_KEY_FILE: join(folder, "folder") },
      [],
      "OKTA_PRIVATE_KEY_FILE is a folder; give the path of the file with the private key",
    ],
    [
      { ...APP, OKTA_PRIVATE_KEY_FILE: file("large.pem", "x".repeat(100_000)) },
      [],
      "OKTA_PRIVATE_KEY_FILE is too large for a key; give the path of the file with the private key",
    ],
    [
      { ...APP, OKTA_KEY_ID: "k1" },
      [],
      "OKTA_KEY_ID is set but no key is; set OKTA_PRIVATE_KEY or OKTA_PRIVATE_KEY_FILE, or unset it",
    ],
    [
      { ...APP, OKTA_SCOPES: "okta.users.read,okta.roles.read" },
      [],
      'OKTA_SCOPES must be Okta\'s API scopes parted by blanks, such as "okta.users.read okta.roles.read"; entry 1 is none',
    ],
    [{ HTTPS_PROXY: "proxy:3128" }, [], NO_PROXY_URL],
    [{ HTTPS_PROXY: "http://us%er:s3cret%@127.0.0.1:9" }, [], NO_PROXY_URL],
    [
      { ...APP, OKTA_PRIVATE_KEY_FILE: "/dev/null" },
      [],
      "OKTA_PRIVATE_KEY_FILE is not a file; give the path of the file with the private key",
    ],
    [{}, ["--api-token", TOKEN], "--api-token is no flag: set OKTA_API_TOKEN in the environment"],
    [{}, [`--api-token=${TOKEN}`], "--api-token is no flag: set OKTA_API_TOKEN in the environment"],
    [{}, ["--private-key", "x"], "--private-key is no flag: set OKTA_PRIVATE_KEY in the environment"],
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

describe("a name that is nearly a setting, or means one, is warned about", () => {
  it.each([
    ["OKTA_ORG_URI", "OKTA_ORG_URL"],
    ["OKTA_APITOKEN", "OKTA_API_TOKEN"],
    ["OKTA_API_TOKENS", "OKTA_API_TOKEN"],
    ["OKTA_READONLY", "OKTA_READ_ONLY"],
    ["OKTA_TOOL", "OKTA_TOOLS"],
    ["OKTA_LOGLEVEL", "OKTA_LOG_LEVEL"],
    ["OKTA_TIMEOUT", "OKTA_TIMEOUT_SECONDS"],
    ["OKTA_PROTECTED_USER", "OKTA_PROTECTED_USERS"],
    ["OKTA_PROTECTED", "OKTA_PROTECTED_USERS"],
    ["OKTA_PROTECTED_BY_LOGIN", "OKTA_PROTECTED_USERS"],
    ["OKTA_PROTECTED_GROUP_NAMES", "OKTA_PROTECTED_GROUPS"],
    ["OKTA_CONFIRMATION", "OKTA_CONFIRM"],
    ["OKTA_CONFIRM_BY_HUMAN", "OKTA_CONFIRM"],
    ["OKTA_APPROVAL", "OKTA_CONFIRM"],
    ["OKTA_HUMAN_APPROVAL", "OKTA_CONFIRM"],
    ["OKTA_READ", "OKTA_READ_ONLY"],
    ["OKTA_READONLY_MODE", "OKTA_READ_ONLY"],
    ["OKTA_JOURNAL", "OKTA_AUDIT_LOG"],
    ["OKTA_JOURNAL_FILE", "OKTA_AUDIT_LOG"],
    ["OKTA_AUDIT_FILE", "OKTA_AUDIT_LOG"],
    ["OKTA_AUDITLOG_LOCATION", "OKTA_AUDIT_LOG"],
    ["OKTA_SECRETS_HANDLING", "OKTA_SECRETS"],
    ["OKTA_CLIENT_IDS", "OKTA_CLIENT_ID"],
    ["OKTA_PRIVATE_KEY_ID", "OKTA_KEY_ID"],
  ])("%s", (name, meant) => {
    const { warnings, ...rest } = readConfig({ [name]: "x" });
    expect(warnings).toEqual([`${name} is not a setting; did you mean ${meant}?`]);
    expect({ ...rest, warnings: [] }).toEqual(sandbox);
  });

  it.each(["OKTA_SOMETHING_ELSE_ALTOGETHER", "XOKTA_ORG_URL", "okta_org_uri", "OKTA"])("%s is left alone", (name) => {
    expect(readConfig({ [name]: "x" }).warnings).toEqual([]);
  });

  const ofOthers = [
    ["ORGURL", "TOKEN", "CLIENTID", "CLIENTSECRET", "SCOPES", "PRIVATEKEY", "SECRET"].map((name) => `CLIENT_${name}`),
    ["ISSUER", "CLIENT_ID", "CLIENT_SECRET", "SCOPES", "AUDIENCE"].map((name) => `OAUTH2_${name}`),
    ["ORG_NAME", "BASE_URL", "ACCESS_TOKEN", "API_CLIENT_ID", "API_SCOPES", "API_PRIVATE_KEY", "API_PRIVATE_KEY_ID"],
    ["ORG_DOMAIN", "OIDC_CLIENT_ID", "AWSCLI_OIDC_CLIENT_ID", "LOG_FILE", "HTTP_PROXY", "USERNAME", "PASSWORD"],
  ].flat();
  it.each(ofOthers)("OKTA_%s belongs to other tools of Okta's and is left alone", (name) => {
    expect(readConfig({ ...ORG, [`OKTA_${name}`]: "x" }).warnings).toEqual([]);
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
    expect(secret.filter(({ noFlag }) => noFlag).map(({ name }) => name)).toEqual([
      "OKTA_API_TOKEN",
      "OKTA_PRIVATE_KEY",
    ]);
  });

  it.skipIf(process.platform === "win32")("keep state where XDG says, or at home", () => {
    expect(readConfig({ XDG_STATE_HOME: "/var/state" }).stateDir).toBe("/var/state");
    expect(readConfig({ XDG_STATE_HOME: "relative" }).stateDir).toMatch(homedir());
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
