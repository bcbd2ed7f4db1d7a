import { families } from "../tools/index.ts";
import { type Call, call, type Outcome } from "./call.ts";
import type { Config } from "./config.ts";
import { openJournal } from "./journal/journal.ts";
import type { Log } from "./log.ts";
import { openOrg } from "./org.ts";
import { createProtection } from "./protection.ts";
import { createRecorder } from "./recorder.ts";
import { Refusal } from "./refusal.ts";
import { createSecretFiles } from "./secret-files.ts";
import { createSecrets } from "./secrets.ts";
import type { Selection } from "./select.ts";
import { createSession } from "./session.ts";
import { rememberLately } from "./verify.ts";

/** Carries out tool calls; loaded at the first of them, since no answer before needs it. */
export interface Calls {
  call(tool: string, request: Call): Promise<Outcome>;
  close(): Promise<void>;
}

/** Opens the org and makes every operation callable. */
export async function openCalls(
  config: Config,
  selection: Selection,
  scopes: readonly string[],
  version: string,
  log: Log,
): Promise<Calls> {
  const byName = new Map(
    [...families].flatMap(([family, operations]) =>
      operations.map((operation) => [operation.name, { family, operation }] as const),
    ),
  );
  const org = await openOrg(config, scopes, version, log);
  const journal = config.auditLog === undefined ? undefined : openJournal(config.auditLog);
  const settings = {
    okta: org.okta,
    session: createSession(),
    personMustApprove: config.confirm === "human",
    protection: createProtection(org.okta, org.identity, config.protected),
    secrets: createSecrets(config.secrets, createSecretFiles(config.stateDir)),
    recorder: journal && createRecorder(journal, org.url, org.identity),
    preface: org.preface,
    lately: rememberLately(),
    operation: (name: string) => byName.get(name)?.operation,
    family: (name: string) => byName.get(name)?.family ?? "",
    disabled: (name: string) => switchedOff(name, selection),
    onDefect: (error: unknown) =>
      log.error("a call failed inside the server", { error: error instanceof Error ? error.stack : String(error) }),
  };
  return {
    call: (tool, request) => {
      const found = byName.get(tool);
      if (found === undefined) throw new TypeError(`${tool} is listed but not in the catalogue`);
      return call(found.operation, settings, request);
    },
    close: async () => {
      await journal?.close();
      await org.close();
    },
  };
}

function switchedOff(name: string, { off }: Selection): Refusal | undefined {
  const why = off.get(name);
  if (why === undefined) return undefined;
  const scope = why.setting === "OKTA_SCOPES" ? `, which lacks ${why.scope}` : "";
  return new Refusal(
    why.setting === "OKTA_READ_ONLY" ? "read_only" : "tool_disabled",
    `Nothing was done: ${name} is switched off by ${why.setting}${scope}.`,
    { hint: `Whoever runs this server can change ${why.setting}; do not look for a way around it.` },
  );
}
