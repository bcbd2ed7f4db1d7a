import { createHash } from "node:crypto";
import { EVENT_TYPES, type LogContext, type LogEntity, type LogRecord } from "./log-events.ts";

/** An event in Okta's shape (example of OpenAPI 2026.06.3). */
export function eventView({ context, fact, published, sequence }: LogRecord): object {
  const geographicalContext = placeOf(context);
  return {
    actor: entityView(context.actor),
    client: {
      userAgent: { rawUserAgent: context.userAgent, ...parsedAgent(context.userAgent) },
      zone: "null",
      device: deviceOf(context.userAgent),
      id: null,
      ipAddress: context.ip,
      geographicalContext,
    },
    device: null,
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      externalSessionId: context.sessionId ?? "unknown",
    },
    displayMessage: EVENT_TYPES[fact.type],
    eventType: fact.type,
    outcome: { result: fact.failure === undefined ? "SUCCESS" : "FAILURE", reason: fact.failure ?? null },
    published: new Date(published).toISOString(),
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    severity: severityOf(fact),
    debugContext: {
      debugData: { requestId: context.requestId, requestUri: context.uri, url: `${context.uri}?`, ...fact.debug },
    },
    legacyEventType: null,
    transaction: { type: "WEB", id: context.requestId, detail: {} },
    uuid: uuidOf(context.requestId, sequence),
    version: "0",
    request: { ipChain: [{ ip: context.ip, geographicalContext, version: versionOf(context.ip), source: null }] },
    // unverified: null, not an empty list, where there is none.
    target: fact.targets.length === 0 ? null : fact.targets.map(entityView),
  };
}

/** unverified: DEBUG for a lockout is reported, WARN for other failures is a choice. */
export function severityOf({ type, failure }: LogRecord["fact"]): string {
  if (type === "user.account.lock") return "DEBUG";
  return failure === undefined ? "INFO" : "WARN";
}

/** Made from what tells events apart, so that an event has the same id whenever it is read. */
export function uuidOf(requestId: string, sequence: number): string {
  const hex = createHash("sha256").update(`${requestId} ${sequence}`).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return parts.join("-");
}

function entityView({ id, type, alternateId, displayName }: LogEntity): object {
  return { id, type, alternateId, displayName, detailEntry: null };
}

function placeOf({ place }: LogContext): object | null {
  return place === undefined ? null : { ...place, geolocation: null };
}

function versionOf(ip: string): "V4" | "V6" {
  return ip.includes(":") ? "V6" : "V4";
}

const BROWSERS = [
  ["Edg/", "EDGE"],
  ["Firefox/", "FIREFOX"],
  ["Chrome/", "CHROME"],
  ["Safari/", "SAFARI"],
] as const;
const SYSTEMS = [
  ["Windows", "Windows 10"],
  ["iPhone", "iOS (iPhone)"],
  ["Mac OS X", "Mac OS X"],
  ["Android", "Android"],
  ["Linux", "Linux"],
] as const;

/** Browser and operating system of a user agent; the names of the unknown are reported. */
export function parsedAgent(agent: string): { readonly os: string; readonly browser: string } {
  return {
    os: SYSTEMS.find(([mark]) => agent.includes(mark))?.[1] ?? "Unknown",
    browser: BROWSERS.find(([mark]) => agent.includes(mark))?.[1] ?? "UNKNOWN",
  };
}

export function deviceOf(agent: string): string {
  if (/iPhone|Android/.test(agent)) return "Mobile";
  return agent.startsWith("Mozilla/") ? "Computer" : "Unknown";
}
