import { EVENT_TYPES, type LogRecord } from "./log-events.ts";
import { deviceOf, parsedAgent, severityOf, uuidOf } from "./log-view.ts";
import type { AttributeType, AttributeTypes, Subject } from "./query/index.ts";

type Reader = (record: LogRecord) => unknown;

/** What a `filter` on the log can name. Of an array any element can match. unverified: anything Okta knows beside these. */
const PROPERTIES: Readonly<Record<string, readonly [AttributeType, Reader]>> = {
  uuid: ["string", ({ context, sequence }) => uuidOf(context.requestId, sequence)],
  eventType: ["string", ({ fact }) => fact.type],
  published: ["date", ({ published }) => new Date(published).toISOString()],
  severity: ["string", ({ fact }) => severityOf(fact)],
  version: ["string", () => "0"],
  displayMessage: ["string", ({ fact }) => EVENT_TYPES[fact.type]],
  "actor.id": ["string", ({ context }) => context.actor.id],
  "actor.type": ["string", ({ context }) => context.actor.type],
  "actor.alternateId": ["string", ({ context }) => context.actor.alternateId],
  "actor.displayName": ["string", ({ context }) => context.actor.displayName],
  "target.id": ["string[]", ({ fact }) => fact.targets.map(({ id }) => id)],
  "target.type": ["string[]", ({ fact }) => fact.targets.map(({ type }) => type)],
  "target.alternateId": ["string[]", ({ fact }) => fact.targets.map(({ alternateId }) => alternateId)],
  "target.displayName": ["string[]", ({ fact }) => fact.targets.map(({ displayName }) => displayName)],
  "outcome.result": ["string", ({ fact }) => (fact.failure === undefined ? "SUCCESS" : "FAILURE")],
  "outcome.reason": ["string", ({ fact }) => fact.failure],
  "client.ipAddress": ["string", ({ context }) => context.ip],
  "client.device": ["string", ({ context }) => deviceOf(context.userAgent)],
  "client.userAgent.rawUserAgent": ["string", ({ context }) => context.userAgent],
  "client.userAgent.os": ["string", ({ context }) => parsedAgent(context.userAgent).os],
  "client.userAgent.browser": ["string", ({ context }) => parsedAgent(context.userAgent).browser],
  "client.geographicalContext.city": ["string", ({ context }) => context.place?.city],
  "client.geographicalContext.state": ["string", ({ context }) => context.place?.state],
  "client.geographicalContext.country": ["string", ({ context }) => context.place?.country],
  "client.geographicalContext.postalCode": ["string", ({ context }) => context.place?.postalCode],
  "request.ipChain.ip": ["string[]", ({ context }) => [context.ip]],
  "transaction.id": ["string", ({ context }) => context.requestId],
  "transaction.type": ["string", () => "WEB"],
  "authenticationContext.externalSessionId": ["string", ({ context }) => context.sessionId ?? "unknown"],
  "debugContext.debugData.requestId": ["string", ({ context }) => context.requestId],
  "debugContext.debugData.requestUri": ["string", ({ context }) => context.uri],
};

/** Types of everything that can be named. */
export const LOG_PROPERTIES: AttributeTypes = Object.fromEntries(
  Object.entries(PROPERTIES).map(([name, [type]]) => [name, type]),
);

/** `co` works on every single string (documented: all operators). */
export const LOG_CONTAINS: readonly string[] = Object.entries(PROPERTIES)
  .filter(([, [type]]) => type === "string")
  .map(([name]) => name);

export function subject(record: LogRecord): Subject {
  return { get: (name) => PROPERTIES[name]?.[1](record) };
}

/** Everything `q` looks at, in one text. unverified: which parts of an event Okta looks at. */
export function wordsOf(record: LogRecord): string {
  const { context, fact } = record;
  const entities = [context.actor, ...fact.targets].flatMap(({ id, alternateId, displayName }) => [
    id,
    alternateId,
    displayName,
  ]);
  return [fact.type, EVENT_TYPES[fact.type], fact.failure, context.ip, context.userAgent, ...entities]
    .join(" ")
    .toLowerCase();
}
