import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "./config-error.ts";
import { LOG_LEVELS, type LogFormat, type LogLevel } from "./log.ts";
import { nearest } from "./nearest.ts";
import type { ProxySettings } from "./okta/dispatcher.ts";
import { openKeyFile, readOrg, readScopes, type SignIn } from "./org-settings.ts";
import type { ProtectedPeople } from "./protection.ts";
import type { SecretsMode } from "./secrets.ts";

export { ConfigError } from "./config-error.ts";
export type { SignIn } from "./org-settings.ts";

/** The one checked form of environment and flags; nothing else reads process.env. */
export interface Config {
  /** The org to serve; undefined means the embedded sandbox org. */
  readonly org: { readonly url: string; readonly signIn: SignIn } | undefined;
  /** The words of OKTA_SCOPES; undefined means those that the tools need. */
  readonly scopes: readonly string[] | undefined;
  readonly readOnly: boolean;
  /** The words of OKTA_TOOLS, in order; empty means all tools. */
  readonly tools: readonly string[];
  readonly timeoutMs: number;
  readonly maxWaitMs: number;
  /** Percent of each rate-limit bucket left to the org's other clients. */
  readonly reservePercent: number;
  readonly proxy: ProxySettings;
  /** What consent is: the argument, or a person's approval as well. */
  readonly confirm: "argument" | "human";
  readonly secrets: SecretsMode;
  readonly protected: ProtectedPeople;
  /** Absolute path of the change journal. */
  readonly auditLog: string | undefined;
  /** Most people in one plan. */
  readonly bulkMax: number;
  /** Absolute path of the only folder that exports go to. */
  readonly exportDir: string | undefined;
  /** Where this user's programs keep what they must remember. */
  readonly stateDir: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** What a person should know but need not mend. */
  readonly warnings: readonly string[];
}

export interface Setting {
  readonly name: string;
  readonly meaning: string;
  readonly fallback: string;
  /** Secrets and what goes with them have no flag: command lines are visible to others. */
  readonly noFlag?: true;
}

/** Every setting, in the order people are told of them. */
export const SETTINGS: readonly Setting[] = [
  {
    name: "OKTA_ORG_URL",
    meaning: "Origin of the org, `https://...`; plain http only for loopback",
    fallback: "embedded sandbox",
  },
  { name: "OKTA_API_TOKEN", meaning: "API token (SSWS) of the org", fallback: "", noFlag: true },
  {
    name: "OKTA_CLIENT_ID",
    meaning: "Client id of a service app, with one of the next two; alone it signs in a person, see `login`",
    fallback: "",
  },
  {
    name: "OKTA_PRIVATE_KEY",
    meaning: "Private key of the service app: PEM (PKCS#8, `\\n` for line ends allowed) or JWK",
    fallback: "",
    noFlag: true,
  },
  { name: "OKTA_PRIVATE_KEY_FILE", meaning: "File with that key", fallback: "" },
  { name: "OKTA_KEY_ID", meaning: "Id of that key (`kid`), where the app has several", fallback: "" },
  {
    name: "OKTA_SCOPES",
    meaning: "Scopes to sign in with, parted by blanks; tools that need another one are left out",
    fallback: "those the tools need",
  },
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
  {
    name: "OKTA_RATE_LIMIT_RESERVE",
    meaning: "Percent of each rate limit left to the org's other clients",
    fallback: "10",
  },
  { name: "OKTA_LOG_LEVEL", meaning: "`error`, `warn`, `info` or `debug`; the log goes to stderr", fallback: "info" },
  { name: "OKTA_LOG_FORMAT", meaning: "`text` or `json`", fallback: "text" },
  {
    name: "OKTA_CONFIRM",
    meaning: "`argument`: consent is the `confirm` argument; `human`: a person is asked through the host as well",
    fallback: "argument",
  },
  {
    name: "OKTA_SECRETS",
    meaning: "What happens to temporary passwords and one-time links: `reveal`, `file` (kept a day) or `refuse`",
    fallback: "reveal",
  },
  {
    name: "OKTA_PROTECTED_USERS",
    meaning: "Comma list of ids, logins or short names: people no tool may change, beside the account the server uses",
    fallback: "",
  },
  {
    name: "OKTA_PROTECTED_GROUPS",
    meaning: "Comma list of group ids or names: nobody in them may be changed",
    fallback: "",
  },
  {
    name: "OKTA_AUDIT_LOG",
    meaning: "File for the change journal, best an absolute path: JSON Lines, append only, mode 600; see `journal`",
    fallback: "off",
  },
  {
    name: "OKTA_EXPORT_DIR",
    meaning: "The only folder exports go to; it must exist. Without it `export_users` does not",
    fallback: "off",
  },
  { name: "OKTA_BULK_MAX", meaning: "Most people in one plan of `bulk_user_action`", fallback: "500" },
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
  return {
    org: orWarnOfSecret(environment, readOrg(given)),
    scopes: readScopes(given.get("OKTA_SCOPES")),
    readOnly: oneOf(given, "OKTA_READ_ONLY", ["false", "true"]) === "true",
    tools: words(given, "OKTA_TOOLS", "no tool: name families or tools, or unset it for all"),
    timeoutMs: seconds(given, "OKTA_TIMEOUT_SECONDS", 30, 1) * 1000,
    maxWaitMs: seconds(given, "OKTA_MAX_WAIT_SECONDS", 30, 0) * 1000,
    reservePercent: wholeNumber(given, "OKTA_RATE_LIMIT_RESERVE", 10, 0, 90, "percent"),
    proxy: readProxy(environment),
    confirm: oneOf(given, "OKTA_CONFIRM", ["argument", "human"]),
    secrets: oneOf(given, "OKTA_SECRETS", ["reveal", "file", "refuse"]),
    protected: {
      users: words(given, "OKTA_PROTECTED_USERS", "nobody: name ids or logins, or unset it"),
      groups: words(given, "OKTA_PROTECTED_GROUPS", "no group: name groups or their ids, or unset it"),
    },
    auditLog: absolute(given.get("OKTA_AUDIT_LOG")),
    exportDir: absolute(given.get("OKTA_EXPORT_DIR")),
    bulkMax: wholeNumber(given, "OKTA_BULK_MAX", 500, 1, 10_000, "people"),
    stateDir: stateDir(environment),
    logLevel: oneOf(given, "OKTA_LOG_LEVEL", LOG_LEVELS, "info"),
    logFormat: oneOf(given, "OKTA_LOG_FORMAT", ["text", "json"]),
    warnings: [...unknownNames(environment), ...openKeyFile(given.get("OKTA_PRIVATE_KEY_FILE"))],
  };
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
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
      if (secret) throw new ConfigError(`${token.rawName} is no flag: set ${secret.name} in the environment`);
      const guess = nearest(token.name, [...names.keys()]);
      throw new ConfigError(`${token.rawName} is not a flag${guess ? `; did you mean --${guess}?` : "; see --help"}`);
    }
    if (token.value === undefined) throw new ConfigError(`${token.rawName} needs a value`);
    return [[name, token.value.trim()]];
  });
}

/** What other programs take for a client secret; Okta's API takes none. */
const CLIENT_SECRETS = ["OKTA_CLIENT_SECRET", "OKTA_CLIENT_CLIENTSECRET", "OKTA_OAUTH2_CLIENT_SECRET"];

function orWarnOfSecret(environment: Readonly<Record<string, string | undefined>>, org: Config["org"]): Config["org"] {
  const secret = CLIENT_SECRETS.find((name) => environment[name]?.trim());
  if (secret !== undefined && org?.signIn.kind === "person")
    throw new ConfigError(
      `${secret} is of no use: Okta's API takes only a key pair; set OKTA_PRIVATE_KEY, or unset it and run okta-users-mcp login`,
    );
  return org;
}

/** The customary names, in both cases; the lower one wins as it does elsewhere. */
function readProxy(environment: Readonly<Record<string, string | undefined>>): ProxySettings {
  const httpsProxy = environment.https_proxy?.trim() || environment.HTTPS_PROXY?.trim() || undefined;
  const noProxy = environment.no_proxy?.trim() || environment.NO_PROXY?.trim() || undefined;
  if (httpsProxy !== undefined && !isProxyUrl(httpsProxy))
    throw new ConfigError(
      "HTTPS_PROXY is not the URL of a proxy; give http://host:port, name and password percent-encoded",
    );
  return { httpsProxy, noProxy };
}

function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  return protocol === "http:" || protocol === "https:";
}

/** The folder where each system wants such things. */
function stateDir(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_STATE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (process.platform === "win32") return local?.trim() || join(homedir(), "AppData", "Local");
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  return process.platform === "darwin"
    ? join(homedir(), "Library", "Application Support")
    : join(homedir(), ".local", "state");
}

/** The words of a comma list. Of nothing but commas it is a mistake, not a wish for everything; `nothing` says so. */
function words(given: ReadonlyMap<string, string>, name: string, nothing: string): string[] {
  const text = given.get(name);
  const found = (text ?? "").split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
  if (text !== undefined && found.length === 0) throw new ConfigError(`${name} names ${nothing}`);
  return found;
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
  return wholeNumber(given, name, fallback, least, 3600, "seconds");
}

function wholeNumber(
  given: ReadonlyMap<string, string>,
  name: string,
  fallback: number,
  least: number,
  most: number,
  unit: string,
): number {
  const text = given.get(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new ConfigError(`${name} must be a whole number of ${unit} from ${least} to ${most}`);
  return value;
}

/** What people may call a setting; who sets one of these would think it works. */
const SYNONYMS: Readonly<Record<string, string>> = {
  OKTA_APPROVAL: "OKTA_CONFIRM",
  OKTA_APPROVE: "OKTA_CONFIRM",
  OKTA_AUDIT: "OKTA_AUDIT_LOG",
  OKTA_CONSENT: "OKTA_CONFIRM",
  OKTA_DRY_RUN: "OKTA_READ_ONLY",
  OKTA_HUMAN: "OKTA_CONFIRM",
  OKTA_JOURNAL: "OKTA_AUDIT_LOG",
  OKTA_PRIVATE_KEY_ID: "OKTA_KEY_ID",
  OKTA_PROTECT: "OKTA_PROTECTED_USERS",
};

/** Settings of Okta's Terraform provider and command-line tools, which may well stand in the same environment. */
const OF_OTHERS = /^OKTA_(API|OIDC)_(CLIENT_ID|SCOPES|PRIVATE_KEY|PRIVATE_KEY_ID)$/;

function unknownNames(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = SETTINGS.map(({ name }) => name);
  return Object.keys(environment).flatMap((name) => {
    if (!name.startsWith("OKTA_") || known.includes(name) || OF_OTHERS.test(name)) return [];
    const guess = SYNONYMS[name] ?? nearest(name, known) ?? begunWith(name, known);
    return guess ? [`${name} is not a setting; did you mean ${guess}?`] : [];
  });
}

/** The setting whose letters a name begins with, as OKTA_CONFIRMATION does with those of OKTA_CONFIRM. */
function begunWith(name: string, known: readonly string[]): string | undefined {
  const letters = (word: string): string => word.replaceAll("_", "");
  const found = [...known, ...Object.keys(SYNONYMS)].find((word) => letters(name).startsWith(letters(word)));
  return found && (SYNONYMS[found] ?? found);
}
