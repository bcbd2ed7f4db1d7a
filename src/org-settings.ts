import { closeSync, openSync, readSync, statSync } from "node:fs";
import { ConfigError } from "./config-error.ts";
import { KeyError, readKey, type SigningKey } from "./okta/auth/key.ts";
import { isLoopback } from "./okta/host.ts";

/** Who the server signs in as. */
export type SignIn =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "app"; readonly clientId: string; readonly key: SigningKey }
  | { readonly kind: "person"; readonly clientId: string };

/** Settings that make no sense without an org. */
const CREDENTIALS = [
  "OKTA_API_TOKEN",
  "OKTA_CLIENT_ID",
  "OKTA_PRIVATE_KEY",
  "OKTA_PRIVATE_KEY_FILE",
  "OKTA_KEY_ID",
  "OKTA_SCOPES",
] as const;

/** The org and how to sign in to it; undefined means the embedded sandbox org. Throws ConfigError. */
export function readOrg(
  given: ReadonlyMap<string, string>,
): { readonly url: string; readonly signIn: SignIn } | undefined {
  const url = given.get("OKTA_ORG_URL");
  const set = CREDENTIALS.filter((name) => given.has(name));
  for (const name of ["OKTA_ORG_URL", ...set])
    if (/^\$\{?\w/.test(given.get(name) ?? ""))
      throw new ConfigError(`${name} is a placeholder that the host did not fill in; set the variable it names`);
  if (url === undefined) {
    if (set[0] !== undefined) throw new ConfigError(`${set[0]} is set but OKTA_ORG_URL is not; set both or neither`);
    return undefined;
  }
  return { url: checkOrgUrl(url), signIn: readSignIn(given, set) };
}

function readSignIn(given: ReadonlyMap<string, string>, set: readonly string[]): SignIn {
  const token = given.get("OKTA_API_TOKEN");
  const clientId = given.get("OKTA_CLIENT_ID");
  if (token !== undefined) {
    const other = set.find((name) => name !== "OKTA_API_TOKEN");
    if (other !== undefined)
      throw new ConfigError(
        other === "OKTA_SCOPES"
          ? "OKTA_SCOPES does not go with OKTA_API_TOKEN, which has no scopes; unset it"
          : `OKTA_API_TOKEN and ${other} are both set; choose one way to sign in and unset the other`,
      );
    if (!/^[\x21-\x7e]+$/.test(token) || /["']/.test(token))
      throw new ConfigError("OKTA_API_TOKEN must be the token alone: no blanks, no quotes, no SSWS before it");
    return { kind: "token", token };
  }
  if (clientId === undefined) {
    const alone = set[0] === undefined ? "no way to sign in is" : `OKTA_CLIENT_ID, which goes with ${set[0]}, is not`;
    throw new ConfigError(
      `OKTA_ORG_URL is set but ${alone}; set OKTA_API_TOKEN, or OKTA_CLIENT_ID with OKTA_PRIVATE_KEY or OKTA_PRIVATE_KEY_FILE, or OKTA_CLIENT_ID alone and run okta-users-mcp login`,
    );
  }
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(clientId) || /^00[\w-]{30,}$/.test(clientId))
    throw new ConfigError("OKTA_CLIENT_ID must be the client id of an app, such as 0oa1a2b3c4d5e6f7g8h9");
  const keyId = given.get("OKTA_KEY_ID");
  const key = readSigningKey(given, keyId);
  if (key !== undefined) return { kind: "app", clientId, key };
  if (keyId !== undefined)
    throw new ConfigError(
      "OKTA_KEY_ID is set but no key is; set OKTA_PRIVATE_KEY or OKTA_PRIVATE_KEY_FILE, or unset it",
    );
  return { kind: "person", clientId };
}

function readSigningKey(given: ReadonlyMap<string, string>, keyId: string | undefined): SigningKey | undefined {
  const value = given.get("OKTA_PRIVATE_KEY");
  const file = given.get("OKTA_PRIVATE_KEY_FILE");
  if (value !== undefined && file !== undefined)
    throw new ConfigError("OKTA_PRIVATE_KEY and OKTA_PRIVATE_KEY_FILE are both set; unset one");
  const text = value ?? (file === undefined ? undefined : readKeyFile(file));
  if (text === undefined) return undefined;
  try {
    return readKey(text, keyId);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const from = value === undefined ? "the key of OKTA_PRIVATE_KEY_FILE" : "OKTA_PRIVATE_KEY";
    throw new ConfigError(`${from} ${error.message}`);
  }
}

/** Larger than any key. */
const MOST_KEY_BYTES = 64 * 1024;

function readKeyFile(file: string): string {
  const refuse = (why: string): never => {
    throw new ConfigError(`OKTA_PRIVATE_KEY_FILE ${why}; give the path of the file with the private key`);
  };
  let descriptor: number | undefined;
  try {
    const found = statSync(file);
    if (found.isDirectory()) return refuse("is a folder");
    // A pipe without a writer would hold the start up for ever.
    if (!found.isFile()) return refuse("is not a file");
    descriptor = openSync(file, "r");
    const bytes = Buffer.alloc(MOST_KEY_BYTES + 1);
    const size = readSync(descriptor, bytes);
    return size > MOST_KEY_BYTES ? refuse("is too large for a key") : bytes.toString("utf8", 0, size);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return refuse("does not exist");
    return refuse(code === "EACCES" ? "may not be read by this user" : "cannot be read");
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** A key that others on the machine can read is worth a word. */
export function openKeyFile(file: string | undefined): string[] {
  if (file === undefined || process.platform === "win32") return [];
  const { mode } = statSync(file, { throwIfNoEntry: false }) ?? { mode: 0 };
  return (mode & 0o077) === 0 ? [] : ["the file of OKTA_PRIVATE_KEY_FILE can be read by others; chmod 600 it"];
}

/** The words of OKTA_SCOPES. Throws ConfigError. */
export function readScopes(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const scopes = [...new Set(text.split(/\s+/))];
  // What stands there may be a secret in the wrong place, so it is not repeated.
  const wrong = scopes.findIndex((scope) => !/^okta\.[\w.]+$/.test(scope));
  if (wrong >= 0)
    throw new ConfigError(
      `OKTA_SCOPES must be Okta's API scopes parted by blanks, such as "okta.users.read okta.roles.read"; entry ${wrong + 1} is none`,
    );
  return scopes;
}

function checkOrgUrl(text: string): string {
  if (!URL.canParse(text)) throw new ConfigError("OKTA_ORG_URL is not a URL; give https://your-org.okta.com");
  const url = new URL(text);
  const loopback = isLoopback(url.hostname);
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
