#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pkg from "../package.json" with { type: "json" };
import type { Calls } from "./calls.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import { inertText } from "./inert.ts";
import { instructions } from "./instructions.ts";
import type { Needed } from "./job.ts";
import type { ListedTool } from "./listing.ts";
import { createLog, type Log } from "./log.ts";
import { nearest } from "./nearest.ts";
import type { Outcome } from "./outcome.ts";
import { openPrompts, type Prompt } from "./prompt.ts";
import { openResources } from "./resource.ts";
import { covers, type Selection, scopesFor, select } from "./select.ts";
import { type RunningServer, serve } from "./server.ts";

/** The answer while the part that carries out calls cannot be loaded or started. */
const NOT_OPENED = {
  error: {
    code: "bad_response",
    status: null,
    summary: "Nothing was sent: the server could not get ready.",
    causes: [],
    requestId: null,
  },
  hint: "Restart the server; its stderr says more.",
};

/** Marks tools for hosts that know it: never without a person. */
const ASKS_A_PERSON = { "anthropic/requiresUserInteraction": true };

/** How long calls may run on after the host is gone, in milliseconds. */
const GRACE_MS = 10_000;

async function runServer(flags: readonly string[]): Promise<void> {
  const { config, log, listed, selection, scopes } = prepare(flags);
  await requireSignIn(config);
  await requireJournal(config);
  await requireExports(config);

  let calls: Promise<Calls> | undefined;
  const open = (): Promise<Calls> => {
    calls ??= import("./calls.ts")
      .then(({ openCalls }) => openCalls(config, selection, scopes, pkg.version, log))
      .catch((error: unknown) => {
        calls = undefined;
        throw error;
      });
    return calls;
  };

  let server: RunningServer | undefined;
  let ending = false;
  const end = async (why: string, letFinish: boolean): Promise<void> => {
    if (ending) return;
    ending = true;
    log.debug(`ending: ${why}`);
    process.stdin.pause();
    setTimeout(() => process.exit(0), GRACE_MS + config.timeoutMs).unref();
    if (letFinish) await Promise.race([server?.idle(), sleep(GRACE_MS)]);
    await server?.close();
    // What is a write on the wire runs to its answer.
    await server?.idle();
    await (await calls?.catch(() => undefined))?.close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => (ending ? process.exit(1) : void end(signal, false)));
  process.stdin.once("end", () => void end("end of input", true));
  process.stdin.once("close", () => void end("input closed", true));
  process.stdout.on("error", () => void end("output closed", false));
  // A host that does not listen to the log must not end what it asked for.
  process.stderr.on("error", () => {});

  const host = config.org && new URL(config.org.url).host;
  const served =
    host ?? "an embedded SANDBOX org with invented people; set OKTA_ORG_URL and OKTA_API_TOKEN for a real one";
  // Nobody may miss that people are invented; of a real org it is enough to be told.
  log[host === undefined ? "warn" : "info"](
    `${pkg.version} serves ${served} (${selection.on.length} of ${selection.all} tools)`,
  );
  if (selection.on.length === 0) log.warn("OKTA_TOOLS, OKTA_READ_ONLY and OKTA_SCOPES together leave no tool at all");
  for (const warning of config.warnings) log.warn(warning);
  if (config.secrets === "file") {
    const { sweepSecrets } = await import("./secret-files.ts");
    void sweepSecrets(config.stateDir);
  }
  const carriedOut = async (act: (calls: Calls) => Promise<Outcome>): Promise<Outcome> => {
    try {
      return await act(await open());
    } catch (error) {
      log.error("the org could not be opened", { error: error instanceof Error ? error.message : "unknown" });
      return { failed: true, reply: { ...(host === undefined ? { org: "sandbox" } : {}), ...NOT_OPENED } };
    }
  };
  const on = new Set(selection.on.map(({ definition }) => definition.name));
  const isOn = (tool: string): boolean => on.has(tool);
  server = await serve({
    name: pkg.name,
    title: host === undefined ? "Okta users (SANDBOX, invented people)" : `Okta users of ${host}`,
    version: pkg.version,
    instructions: instructions(host, selection.on),
    tools: selection.on.map(({ definition, irreversible }) =>
      config.confirm === "human" && irreversible ? { ...definition, _meta: ASKS_A_PERSON } : definition,
    ),
    known: listed.map(({ definition }) => definition.name),
    prompts: openPrompts(readPrompts(), isOn),
    resources: openResources({ isOn, journalOn: config.auditLog !== undefined }),
    call: (tool, request) => carriedOut((calls) => calls.call(tool, request)),
    recentChanges: (signal) => carriedOut((calls) => calls.recentChanges(signal)),
    // Its message quotes what was sent, which may hold a password.
    onProtocolError: (error) => log.warn("what came in is not the protocol", { error: error.name }),
    onClosed: () => void end("the transport closed", false),
  });
}

/** Which settings are there that some tools need. */
function givenOf({ auditLog, exportDir }: Config): Needed[] {
  return [
    ...(auditLog === undefined ? [] : ["OKTA_AUDIT_LOG" as const]),
    ...(exportDir === undefined ? [] : ["OKTA_EXPORT_DIR" as const]),
  ];
}

/** What the server and the commands that meet the org begin with. Throws ConfigError. */
function prepare(flags: readonly string[]): {
  config: Config;
  log: Log;
  listed: ListedTool[];
  selection: Selection;
  scopes: readonly string[];
} {
  const read = readConfig(undefined, flags);
  const log = createLog(read.logLevel, read.logFormat, secretsOf(read));
  const listed = readListing();
  const selection = select(listed, { ...read, given: givenOf(read) });
  const guarding = scopesToProtect(read, selection);
  const scopes = read.scopes ?? [...new Set([...scopesFor(selection.on), ...guarding])].sort();
  const lacking = guarding
    .filter((scope) => !covers(scopes, scope))
    .map(
      (scope) =>
        `OKTA_SCOPES lacks ${scope}, without which nobody can tell who is protected: no tool that writes will work`,
    );
  const warnings = [...read.warnings, ...uselessScopes(read, listed), ...lacking];
  return { config: { ...read, warnings }, log, listed, selection, scopes };
}

const READ_PEOPLE = "okta.users.read";
const READ_GROUPS = "okta.groups.read";

/**
 * What must be read to tell who is protected, where something writes: the own account and the people named, the groups
 * named, and the groups somebody is in (OpenAPI 2026.06.3: getUser, listGroups, getGroup, listUserGroups).
 */
function scopesToProtect({ org, protected: { users, groups } }: Config, { on }: Selection): string[] {
  if (on.every(({ readsOnly }) => readsOnly) || org === undefined || org.signIn.kind === "token") return [];
  const people = org.signIn.kind === "person" || users.length > 0 || groups.length > 0;
  return [...(people ? [READ_PEOPLE] : []), ...(groups.length > 0 ? [READ_GROUPS] : [])];
}

/** A scope that nothing needs may be a slip. */
function uselessScopes({ scopes = [] }: Config, listed: readonly ListedTool[]): string[] {
  const known = [...scopesFor(listed), READ_GROUPS];
  return scopes.flatMap((scope) => {
    const guess = known.some((needed) => covers([scope], needed)) ? undefined : nearest(scope, known);
    return guess === undefined ? [] : [`OKTA_SCOPES names ${scope}, which no tool needs; did you mean ${guess}?`];
  });
}

function secretsOf({ org }: Config): string[] {
  return org?.signIn.kind === "token" ? [org.signIn.token] : [];
}

/** A server that works for a signed-in person does not start without one. */
async function requireSignIn({ org, stateDir }: Config): Promise<void> {
  if (org?.signIn.kind !== "person") return;
  const [{ signInStore }, { orSay }] = await Promise.all([
    import("./okta/auth/store.ts"),
    import("./cli/okta-failure.ts"),
  ]);
  const { clientId } = org.signIn;
  if ((await orSay(() => signInStore(stateDir).file(org.url, clientId).read())) === undefined)
    throw new ConfigError(
      `nobody is signed in to ${new URL(org.url).host} with this OKTA_CLIENT_ID: run okta-users-mcp login with the same settings, or set OKTA_PRIVATE_KEY for a service app`,
    );
}

/** A server with a journal does not start without one that it can write. */
async function requireJournal({ auditLog }: Config): Promise<void> {
  if (auditLog === undefined) return;
  const { JournalError, openJournal } = await import("./journal/journal.ts");
  const journal = openJournal(auditLog);
  try {
    await journal.check();
  } catch (error) {
    if (error instanceof JournalError) throw new ConfigError(`OKTA_AUDIT_LOG: ${error.message}`);
    throw error;
  } finally {
    await journal.close();
  }
}

/** Nor does one whose exports have no place to go to. */
async function requireExports({ exportDir }: Config): Promise<void> {
  if (exportDir === undefined) return;
  const problem = await (await import("./export-files.ts")).exportProblem(exportDir);
  if (problem !== undefined)
    throw new ConfigError(`OKTA_EXPORT_DIR: the folder for exports cannot be used: ${problem}`);
}

async function journalCommand(args: readonly string[]): Promise<void> {
  const { journal, journalArguments } = await import("./cli/journal.ts");
  const names = readListing().map(({ definition }) => definition.name);
  const { auditLog: flag, ...options } = journalArguments(args, names);
  const { auditLog } = readConfig(undefined, flag === undefined ? [] : ["--audit-log", flag]);
  if (auditLog === undefined) throw new ConfigError("journal needs OKTA_AUDIT_LOG or --audit-log, the file to read");
  if (!(await journal(auditLog, options))) process.exitCode = 1;
}

/** Runs `login` or `logout`, which are about a person. */
async function personCommand(command: "login" | "logout", flags: readonly string[]): Promise<void> {
  const { config, log, scopes } = prepare(flags);
  const { org } = config;
  if (org?.signIn.kind !== "person")
    throw new ConfigError(
      `${command} is for a person: set OKTA_ORG_URL and OKTA_CLIENT_ID, and unset OKTA_API_TOKEN and OKTA_PRIVATE_KEY`,
    );
  const [{ openOrgConnection }, { signInStore }] = await Promise.all([
    import("./org.ts"),
    import("./okta/auth/store.ts"),
  ]);
  const connection = openOrgConnection(org.url, config, pkg.version, log);
  const who = { connection, clientId: org.signIn.clientId, store: signInStore(config.stateDir) };
  try {
    if (command === "login") await (await import("./cli/login.ts")).login({ ...who, scopes });
    else await (await import("./cli/logout.ts")).logout(who);
  } finally {
    await connection.close();
  }
}

async function doctorCommand(flags: readonly string[]): Promise<void> {
  const { config, log, selection, scopes } = prepare(flags);
  await requireSignIn(config);
  const [{ openOrg }, { doctor }] = await Promise.all([import("./org.ts"), import("./cli/doctor.ts")]);
  const org = await openOrg(config, scopes, pkg.version, log);
  try {
    if (!(await doctor({ config, selection, org }))) process.exitCode = 1;
  } finally {
    await org.close();
  }
}

/** The tools, computed when the package was built. */
function readListing(): ListedTool[] {
  return JSON.parse(readFileSync(new URL("./tools.json", import.meta.url), "utf8"));
}

/** The prompts, as the package was built with them. */
function readPrompts(): Prompt[] {
  return JSON.parse(readFileSync(new URL("./prompts.json", import.meta.url), "utf8"));
}

async function main([command, ...rest]: readonly string[]): Promise<void> {
  const given = [command, ...rest];
  const wantsHelp = given.includes("--help") || given.includes("-h");
  if (wantsHelp || given.includes("--version")) {
    const { help } = await import("./cli/help.ts");
    return help(wantsHelp, pkg.version);
  }
  if (command === undefined || command.startsWith("--")) {
    return runServer(command === undefined ? [] : [command, ...rest]);
  }
  if (command === "sandbox") return (await import("./cli/sandbox.ts")).sandbox(rest);
  if (command === "demo" && rest.length > 0) throw new ConfigError("demo takes no arguments");
  if (command === "demo") return (await import("./cli/demo.ts")).demo();
  if (command === "login" || command === "logout") return personCommand(command, rest);
  if (command === "doctor") return doctorCommand(rest);
  if (command === "journal") return journalCommand(rest);
  throw new ConfigError(`"${command}" is not a command; see --help`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const text =
    error instanceof ConfigError
      ? error.message
      : `failed to start: ${error instanceof Error ? error.message : "unknown"}`;
  process.stderr.write(`okta-users-mcp: ${inertText(text, 8_000)}\n`);
  process.exitCode = 1;
});
