import { operations } from "../tools/index.ts";
import { type Call, call, type Outcome } from "./call.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { openOrg } from "./org.ts";
import { Refusal } from "./refusal.ts";
import type { Selection } from "./select.ts";

/** Carries out tool calls; loaded at the first of them, since no answer before needs it. */
export interface Calls {
  call(tool: string, request: Call): Promise<Outcome>;
  close(): Promise<void>;
}

/** Opens the org and makes every operation callable. */
export async function openCalls(config: Config, selection: Selection, version: string, log: Log): Promise<Calls> {
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  const org = await openOrg(config, version, log);
  const settings = {
    okta: org.okta,
    preface: org.preface,
    disabled: (name: string) => switchedOff(name, selection),
    onDefect: (error: unknown) =>
      log.error("a call failed inside the server", { error: error instanceof Error ? error.stack : String(error) }),
  };
  return {
    call: (tool, request) => {
      const operation = byName.get(tool);
      if (operation === undefined) throw new TypeError(`${tool} is listed but not in the catalogue`);
      return call(operation, settings, request);
    },
    close: () => org.close(),
  };
}

function switchedOff(name: string, { off }: Selection): Refusal | undefined {
  const setting = off.get(name);
  if (setting === undefined) return undefined;
  return new Refusal(
    setting === "OKTA_READ_ONLY" ? "read_only" : "tool_disabled",
    `Nothing was done: ${name} is switched off by ${setting}.`,
    { hint: `Whoever runs this server can change ${setting}; do not look for a way around it.` },
  );
}
