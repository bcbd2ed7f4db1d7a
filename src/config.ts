import { parseArgs } from "node:util";
import { LOG_LEVELS, type LogFormat, type LogLevel } from "./log.ts";
import { nearest } from "./nearest.ts";

/** The one checked form of environment and flags; nothing else reads process.env. */
export interface Config {
  /** The org to serve; undefined means the embedded sandbox org. */
  readonly org: { readonly url: string; readonly apiToken: string } | undefined;
  readonly readOnly: boolean;
  /** The words of OKTA_TOOLS, in order; empty means all tools. */
  readonly tools: readonly string[];
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** What a person should know but need not mend. */
  readonly warnings: readonly string[];
}

/** A configuration that cannot be used; the message is one line that says what is wrong and what would be right. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly fallback: string;
  /** Secrets and what goes with them have no flag: command lines are visible to others. */
  readonly noFlag?: true;
  /** Known, but not available in this version. */
  readonly later?: true;
}

/** Every setting, in the order people are told of them. */
export const SETTINGS: readonly Setting[] = [
  {
    name: "OKTA_ORG_URL",
    meaning: "Origin of the org, `https://...`; plain http only for loopback",
    fallback: "embedded sandbox",
  },
  { name: "OKTA_API_TOKEN", meaning: "API token (SSWS) of the org", fallback: "", noFlag: true },
  { name: "OKTA_READ_ONLY", meaning: "`true`: only tools that read exist", fallback: "false" },
  {
    name: "OKTA_TOOLS",
    meaning:
      "Comma list of families and tool names, applied left to right, `-` takes out; starts from all if the first word has `-`, else from nothing",
    fallback: "all",
  },
  { name: "OKTA_TIMEOUT_SECONDS", meaning: "Longest wait for one answer of Okta", fallback: "30" },
  {
    name: "OKTA_MAX_WAIT_SECONDS",
    meaning: "Longest wait for a rate limit before a call fails and says when to come back",
    fallback: "30",
  },
  { name: "OKTA_LOG_LEVEL", meaning: "`error`, `warn`, `info` or `debug`; the log goes to stderr", fallback: "info" },
  { name: "OKTA_LOG_FORMAT", meaning: "`text` or `json`", fallback: "text" },
  { name: "OKTA_CONFIRM", meaning: "`argument`: consent is the `confirm` argument", fallback: "argument" },
  ...[
    ["OKTA_CLIENT_ID", "Sign-in as a service app or a person"],
    ["OKTA_PRIVATE_KEY", "Key of the service app"],
    ["OKTA_PRIVATE_KEY_FILE", "File with the key of the service app"],
    ["OKTA_KEY_ID", "Id of the key"],
    ["OKTA_SCOPES", "Scopes to ask for"],
    ["OKTA_SECRETS", "What happens to one-time secrets"],
    ["OKTA_PROTECTED_USERS", "People no tool may change"],
    ["OKTA_PROTECTED_GROUPS", "Groups whose members no tool may change"],
    ["OKTA_AUDIT_LOG", "File for the change journal"],
    ["OKTA_EXPORT_DIR", "Folder exports go to"],
    ["OKTA_BULK_MAX", "Most people in one plan"],
    ["OKTA_RATE_LIMIT_RESERVE", "Share of the rate limit left to others"],
  ].map(([name = "", meaning = ""]) => ({ name, meaning, fallback: "", later: true as const, noFlag: true as const })),
];

/** The flag of a setting: its name in kebab-case without `OKTA_`. */
export function flagOf({ name }: Setting): string {
  return name
    .replace(/^OKTA_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
}

/**
 * Reads the configuration; flags win over the environment, empty means unset. Throws ConfigError for anything that
 * would have to be guessed or ignored.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  flags: readonly string[] = [],
): Config {
  const given = new Map<string, string>();
  for (const { name } of SETTINGS) {
    const value = environment[name]?.trim();
    if (value) given.set(name, value);
  }
  for (const [name, value] of readFlags(flags)) {
    if (value === "") given.delete(name);
    else given.set(name, value);
  }
  for (const { name, later } of SETTINGS)
    if (later && given.has(name)) throw new ConfigError(`${name} is not available yet; unset it`);
  if (given.get("OKTA_CONFIRM") === "human") throw new ConfigError("OKTA_CONFIRM=human is not available yet; unset it");
  oneOf(given, "OKTA_CONFIRM", ["argument"]);
  return {
    org: readOrg(given.get("OKTA_ORG_URL"), given.get("OKTA_API_TOKEN")),
    readOnly: oneOf(given, "OKTA_READ_ONLY", ["false", "true"]) === "true",
    tools: words(given.get("OKTA_TOOLS")),
    timeoutMs: seconds(given, "OKTA_TIMEOUT_SECONDS", 30, 1) * 1000,
    maxWaitMs: seconds(given, "OKTA_MAX_WAIT_SECONDS", 30, 0) * 1000,
    logLevel: oneOf(given, "OKTA_LOG_LEVEL", LOG_LEVELS, "info"),
    logFormat: oneOf(given, "OKTA_LOG_FORMAT", ["text", "json"]),
    warnings: unknownNames(environment),
  };
}

function readFlags(flags: readonly string[]): [name: string, value: string][] {
  const known = SETTINGS.filter(({ noFlag }) => !noFlag);
  const names = new Map(known.map((setting) => [flagOf(setting), setting.name]));
  // A switch that stands alone means true.
  const whole = flags.map((flag, index) =>
    flag === "--read-only" && !/^(true|false)$/.test(flags[index + 1] ?? "") ? "--read-only=true" : flag,
  );
  const options = Object.fromEntries([...names.keys()].map((flag) => [flag, { type: "string" as const }]));
  const { tokens } = parseArgs({ args: whole, options, strict: false, tokens: true });
  return tokens.flatMap((token): [string, string][] => {
    if (token.kind === "option-terminator") return [];
    if (token.kind === "positional") throw new ConfigError(`"${token.value}" is not a command; see --help`);
    const name = names.get(token.name);
    if (name === undefined) {
      const secret = SETTINGS.find((setting) => flagOf(setting) === token.name);
      if (secret?.later) throw new ConfigError(`${token.rawName} is not available yet`);
      if (secret) throw new ConfigError(`${token.rawName} is no flag: set ${secret.name} in the environment`);
      const guess = nearest(token.name, [...names.keys()]);
      throw new ConfigError(`${token.rawName} is not a flag${guess ? `; did you mean --${guess}?` : "; see --help"}`);
    }
    if (token.value === undefined) throw new ConfigError(`${token.rawName} needs a value`);
    return [[name, token.value.trim()]];
  });
}

function readOrg(url: string | undefined, apiToken: string | undefined): Config["org"] {
  if (url === undefined) {
    if (apiToken !== undefined)
      throw new ConfigError("OKTA_API_TOKEN is set but OKTA_ORG_URL is not; set both or neither");
    return undefined;
  }
  const origin = checkOrgUrl(url);
  if (apiToken === undefined)
    throw new ConfigError("OKTA_ORG_URL is set but OKTA_API_TOKEN is not; set both or neither");
  if (/^\$\{?\w/.test(apiToken))
    throw new ConfigError("OKTA_API_TOKEN is a placeholder that the host did not fill in; set the variable it names");
  if (!/^[\x21-\x7e]+$/.test(apiToken) || /["']/.test(apiToken))
    throw new ConfigError("OKTA_API_TOKEN must be the token alone: no blanks, no quotes, no SSWS before it");
  return { url: origin, apiToken };
}

/** The words of a comma list. A list of nothing but commas is a mistake, not a wish for everything. */
function words(text: string | undefined): string[] {
  const found = (text ?? "").split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
  if (text !== undefined && found.length === 0)
    throw new ConfigError("OKTA_TOOLS names no tool; unset it for all tools");
  return found;
}

function checkOrgUrl(text: string): string {
  if (/^\$\{?\w/.test(text))
    throw new ConfigError("OKTA_ORG_URL is a placeholder that the host did not fill in; set the variable it names");
  if (!URL.canParse(text)) throw new ConfigError("OKTA_ORG_URL is not a URL; give https://your-org.okta.com");
  const url = new URL(text);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback))
    throw new ConfigError("OKTA_ORG_URL must start with https:// (plain http only for loopback)");
  if (url.username !== "" || url.password !== "")
    throw new ConfigError("OKTA_ORG_URL must not hold a user name or password; give https://your-org.okta.com");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || /[?#]$/.test(text))
    throw new ConfigError(`OKTA_ORG_URL must be the origin alone, without a path: ${url.origin}`);
  const admin = /^([^.]+)-admin(\.okta[a-z-]*\.(?:com|mil))$/.exec(url.hostname);
  if (admin) throw new ConfigError(`OKTA_ORG_URL is the admin console; the org is https://${admin[1]}${admin[2]}`);
  return url.origin;
}

function oneOf<const T extends readonly [string, ...string[]]>(
  given: ReadonlyMap<string, string>,
  name: string,
  allowed: T,
  fallback?: T[number],
): T[number] {
  const value = given.get(name);
  if (value === undefined) return fallback ?? allowed[0];
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw new ConfigError(`${name} must be ${allowed.join(" or ")}`);
  return found;
}

function seconds(given: ReadonlyMap<string, string>, name: string, fallback: number, least: number): number {
  const text = given.get(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > 3600)
    throw new ConfigError(`${name} must be a whole number of seconds from ${least} to 3600`);
  return value;
}

function unknownNames(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = SETTINGS.map(({ name }) => name);
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith("OKTA_") || known.includes(name)) return [];
    const guess = nearest(name, known);
    return guess ? [`${name} is not a setting; did you mean ${guess}?`] : [];
  });
}
