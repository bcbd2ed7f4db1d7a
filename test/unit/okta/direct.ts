import { apiToken } from "../../../src/okta/auth/authorizer.ts";
import { createOkta, type ExchangeRecord, type Okta, type OktaOptions } from "../../../src/okta/client.ts";
import { openConnection } from "../../../src/okta/connection.ts";
import type { TestOrg } from "../../support/org.ts";

/** The shared client in front of an org, without a server around it, and what went over its wire. */
export interface Direct {
  readonly okta: Okta;
  readonly records: readonly ExchangeRecord[];
}

export function direct(org: Pick<TestOrg, "url" | "token">, options: Partial<OktaOptions> = {}): Direct {
  const records: ExchangeRecord[] = [];
  const connection = openConnection({
    orgUrl: org.url,
    userAgent: "test",
    timeoutMs: 10_000,
    proxy: { httpsProxy: undefined, noProxy: undefined },
  });
  const okta = createOkta({
    connection,
    authorizer: apiToken(org.token),
    timeoutMs: 10_000,
    maxWaitMs: 60_000,
    reservePercent: 10,
    onExchange: (record) => void records.push(record),
    ...options,
  });
  return { okta, records };
}
