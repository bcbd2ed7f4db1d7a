import { parseArgs } from "node:util";
import { ConfigError } from "../config.ts";
import { startSandbox } from "../sandbox/index.ts";

const OPTIONS = {
  port: { least: 0, most: 65_535 },
  users: { least: 1, most: 1_000_000 },
  seed: { least: 0, most: 2 ** 31 },
  "rate-limit": { least: 1, most: 1_000_000 },
  window: { least: 1, most: 3600 },
} as const;

/**
 * Runs the sandbox org alone until SIGTERM, SIGINT, or the end of input when stdin is a pipe or socket. The first line
 * on stdout is one JSON object that says where it is and how to sign in.
 */
export async function sandbox(args: readonly string[]): Promise<void> {
  const given = readOptions(args);
  const org = await startSandbox({
    port: given.port ?? 0,
    ...(given.users === undefined ? {} : { users: given.users }),
    ...(given.seed === undefined ? {} : { seed: given.seed }),
    ...(given["rate-limit"] === undefined ? {} : { rateLimit: given["rate-limit"] }),
    ...(given.window === undefined ? {} : { windowSeconds: given.window }),
  });
  const { url, token, clientId, privateKey, keyId, controlKey } = org;
  process.stdout.write(`${JSON.stringify({ url, token, clientId, privateKey, keyId, controlKey })}\n`);
  const end = (): void => void org.close().finally(() => process.exit(0));
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (await isPipe()) process.stdin.on("end", end).on("error", end).resume();
}

type Given = { -readonly [K in keyof typeof OPTIONS]?: number };

function readOptions(args: readonly string[]): Given {
  const given: Given = {};
  const options = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, { type: "string" as const }]));
  for (const token of parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens) {
    if (token.kind !== "option")
      throw new ConfigError("sandbox takes only --port, --users, --seed, --rate-limit and --window");
    const name = token.name;
    if (!isOption(name))
      throw new ConfigError(`sandbox has no ${token.rawName}; it takes --${Object.keys(OPTIONS).join(", --")}`);
    const { least, most } = OPTIONS[name];
    const value = Number(token.value);
    if (!/^\d+$/.test(token.value ?? "") || value < least || value > most)
      throw new ConfigError(`${token.rawName} must be a whole number from ${least} to ${most}`);
    given[name] = value;
  }
  return given;
}

function isOption(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name);
}

/** Whether somebody holds the other end of stdin; a terminal or /dev/null does not end the org. */
async function isPipe(): Promise<boolean> {
  const { fstatSync } = await import("node:fs");
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
