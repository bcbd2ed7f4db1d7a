import { families, jobs } from "../tools/index.ts";
import { getUser } from "../tools/users.ts";
import { type Call, call, sendOptions } from "./call.ts";
import type { Config } from "./config.ts";
import { createExportFolder } from "./export-files.ts";
import { openJournal } from "./journal/journal.ts";
import { JOBS } from "./listing.ts";
import type { Log } from "./log.ts";
import type { OktaRequest, SendOptions } from "./okta/client.ts";
import { pages } from "./okta/pages.ts";
import type { Operation } from "./operation.ts";
import { openOrg } from "./org.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { pastChanges } from "./past-changes.ts";
import { createProtection } from "./protection.ts";
import { recentChanges } from "./recent-changes.ts";
import { createRecorder, nameOfAccount } from "./recorder.ts";
import { Refusal } from "./refusal.ts";
import { runJob } from "./run-job.ts";
import { createRuns, sweepPlans } from "./runs.ts";
import { createSecretFiles } from "./secret-files.ts";
import { createSecrets } from "./secrets.ts";
import type { Selection } from "./select.ts";
import { createSession } from "./session.ts";
import { rememberLately } from "./verify.ts";

/** Carries out tool calls; loaded at the first of them, since no answer before needs it. */
export interface Calls {
  call(tool: string, request: Call): Promise<Outcome>;
  /** The last changes that the journal has of this account. */
  recentChanges(signal: AbortSignal): Promise<Outcome>;
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
  const jobsByName = new Map(jobs.map((job) => [job.name, job]));
  const org = await openOrg(config, scopes, version, log);
  void sweepPlans(config.stateDir);
  const { auditLog, exportDir } = config;
  const journal = auditLog === undefined ? undefined : openJournal(auditLog);
  const operation = (name: string): Operation | undefined => byName.get(name)?.operation;
  const settings = {
    okta: org.okta,
    pages: (request: OktaRequest, options: SendOptions) => pages(org.okta, request, options),
    runs: (job: string, options: SendOptions) =>
      createRuns(config.stateDir, async () => ({
        org: org.url,
        account: await nameOfAccount(org.identity, options),
        job,
      })),
    bulkMax: config.bulkMax,
    reservePercent: config.reservePercent,
    past: (options: SendOptions) =>
      auditLog === undefined
        ? undefined
        : pastChanges({
            path: auditLog,
            orgUrl: org.url,
            account: () => nameOfAccount(org.identity, options),
            operation,
          }),
    exports: exportDir === undefined ? undefined : createExportFolder(exportDir),
    undoTool: jobs.find(({ name, undoes }) => undoes && !selection.off.has(name))?.name,
    session: createSession(),
    personMustApprove: config.confirm === "human",
    protection: createProtection(org.okta, org.identity, config.protected),
    secrets: createSecrets(config.secrets, createSecretFiles(config.stateDir)),
    recorder: journal && createRecorder(journal, org.url, org.identity),
    preface: org.preface,
    lately: rememberLately(),
    operation,
    family: (name: string) => byName.get(name)?.family ?? (jobsByName.has(name) ? JOBS : ""),
    disabled: (name: string) => switchedOff(name, selection),
    onDefect: (error: unknown) =>
      log.error("a call failed inside the server", { error: error instanceof Error ? error.stack : String(error) }),
  };
  return {
    call: (tool, request) => {
      const job = jobsByName.get(tool);
      if (job !== undefined) return runJob(job, settings, request);
      const found = operation(tool);
      if (found === undefined) throw new TypeError(`${tool} is listed but not in the catalogue`);
      return call(found, settings, request);
    },
    recentChanges: async (signal) => {
      const account = (): Promise<string> => nameOfAccount(org.identity, sendOptions({ arguments: {}, signal }));
      // Whose account it is, is a read of a user.
      const { failed, reply } = await outcomeOf(getUser, settings, () =>
        recentChanges({ path: auditLog, orgUrl: org.url, account, signal }),
      );
      return { failed, reply: { ...org.preface, ...reply } };
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
  if (why.setting === "OKTA_AUDIT_LOG" || why.setting === "OKTA_EXPORT_DIR")
    return new Refusal("tool_disabled", `Nothing was done: ${name} exists only where ${why.setting} is set.`, {
      hint: `Whoever runs this server can set ${why.setting}; do not look for a way around it.`,
    });
  const scope = why.setting === "OKTA_SCOPES" ? `, which lacks ${why.scope}` : "";
  return new Refusal(
    why.setting === "OKTA_READ_ONLY" ? "read_only" : "tool_disabled",
    `Nothing was done: ${name} is switched off by ${why.setting}${scope}.`,
    { hint: `Whoever runs this server can change ${why.setting}; do not look for a way around it.` },
  );
}
