import type { CallSettings } from "./call.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { createOkta, type Okta } from "./okta/client.ts";

/** The org that calls go to, and how to leave it. */
export interface Org {
  readonly okta: Okta;
  readonly preface: CallSettings["preface"];
  close(): Promise<void>;
}

/** Connects to the configured org, or starts the embedded sandbox org when none is configured. */
export async function openOrg(config: Config, version: string, log: Log): Promise<Org> {
  const sandbox = config.org ? undefined : await (await import("./sandbox/index.ts")).startSandbox();
  if (sandbox) log.debug("the embedded sandbox org is up", { url: sandbox.url });
  const { url, apiToken } = config.org ?? { url: sandbox?.url ?? "", apiToken: sandbox?.token ?? "" };
  const okta = createOkta({
    orgUrl: url,
    authorization: `SSWS ${apiToken}`,
    userAgent: `okta-users-mcp/${version}`,
    timeoutMs: config.timeoutMs,
    maxWaitMs: config.maxWaitMs,
    onExchange: ({ method, template, status, milliseconds, requestId }) =>
      log.debug(`${method} ${template}`, { status, ms: Math.round(milliseconds), requestId }),
  });
  return {
    okta,
    preface: sandbox ? { org: "sandbox" } : {},
    close: async () => {
      await okta.close();
      await sandbox?.close();
    },
  };
}
