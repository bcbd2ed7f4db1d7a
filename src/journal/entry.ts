import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../schema.ts";

/** How a change was agreed to: nothing was asked, the `confirm` argument, or a person through elicitation. */
export const CONSENTS = ["none", "argument", "elicited"] as const;
export type Consent = (typeof CONSENTS)[number];

/**
 * What became of a change: Okta said so, a read showed it, nothing was done because Okta or this server said no, or
 * nobody knows.
 */
export const OUTCOMES = ["done", "verified", "refused", "unknown"] as const;
export type OutcomeWord = (typeof OUTCOMES)[number];

/** A change about to be asked of Okta. */
export interface Intent {
  readonly tool: string;
  /** Without secrets: whoever hands them over has taken those out. */
  readonly arguments: JsonObject;
  /** Whom it is about, where it is about a person; who is yet to be created has no id. */
  readonly target: { readonly id: string | null; readonly login: string } | null;
  readonly org: string;
  /** Who the sign-in is. */
  readonly by: string;
  readonly consent: Consent;
  /** The id of the change that it takes back. */
  readonly undoes?: string | undefined;
  /** How it stood, where that is known. */
  readonly before?: Json | undefined;
}

/** What became of it. */
export interface Conclusion {
  readonly outcome: OutcomeWord;
  /** The error's code, where it was refused or is unknown. */
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  /** How it stands, where that is known. */
  readonly after?: Json | undefined;
}

/**
 * Where a line stands in the chain of its writer: `seq` counts from 1, `prev` is the SHA-256 (hex) of the exact bytes
 * of the writer's line before, without its newline, and empty in the first.
 */
export interface Link {
  /** Random, 16 hexadecimal digits: one opened file of one process. */
  readonly writer: string;
  readonly seq: number;
  readonly prev: string;
}

interface Head extends Link {
  /** ISO, UTC. */
  readonly time: string;
  /** `<writer>-<seq>` of the intent. */
  readonly changeId: string;
}

export interface IntentLine extends Head, Intent {
  readonly kind: "intent";
}

export interface OutcomeLine extends Head, Conclusion {
  readonly kind: "outcome";
}

export type JournalLine = IntentLine | OutcomeLine;

/** The longest line, in bytes, without its newline. */
export const LONGEST_LINE = 256 * 1024;

/** The bytes of a line, without its newline. The chain comes first, so that even a torn line says whose it is. */
export function encode(line: JournalLine): Buffer {
  const { writer, seq, prev, kind, time, changeId, ...rest } = line;
  return Buffer.from(JSON.stringify({ writer, seq, prev, kind, time, changeId, ...rest }));
}

export function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The line these bytes are, or undefined when they are none. */
export function decode(bytes: Buffer): JournalLine | undefined {
  const value = parse(bytes);
  const head = headOf(value);
  if (head === undefined) return undefined;
  if (value.kind === "intent") {
    const intent = intentOf(value);
    return intent && { ...head, kind: "intent", ...intent };
  }
  const conclusion = value.kind === "outcome" ? conclusionOf(value) : undefined;
  return conclusion && { ...head, kind: "outcome", ...conclusion };
}

function parse(bytes: Buffer): JsonObject {
  if (bytes.length > LONGEST_LINE) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function headOf({ writer, seq, prev, time, changeId }: JsonObject): Head | undefined {
  if (typeof writer !== "string" || !/^[0-9a-f]{16}$/.test(writer)) return undefined;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  if (typeof prev !== "string" || !/^([0-9a-f]{64})?$/.test(prev)) return undefined;
  if (typeof time !== "string" || typeof changeId !== "string") return undefined;
  return { writer, seq, prev, time, changeId };
}

function intentOf(value: JsonObject): Intent | undefined {
  const { tool, arguments: given, target, org, by, undoes, before } = value;
  const consent = CONSENTS.find((word) => word === value.consent);
  const whom = target === null ? null : targetOf(target);
  if (typeof tool !== "string" || !isJsonObject(given) || whom === undefined || consent === undefined) return undefined;
  if (typeof org !== "string" || typeof by !== "string") return undefined;
  if (undoes !== undefined && typeof undoes !== "string") return undefined;
  return {
    ...{ tool, arguments: given, target: whom, org, by, consent },
    ...(undoes === undefined ? {} : { undoes }),
    ...(before === undefined ? {} : { before }),
  };
}

function targetOf(value: Json | undefined): { id: string | null; login: string } | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, login } = value;
  return (id === null || typeof id === "string") && typeof login === "string" ? { id, login } : undefined;
}

function conclusionOf(value: JsonObject): Conclusion | undefined {
  const { code, requestId, after } = value;
  const outcome = OUTCOMES.find((word) => word === value.outcome);
  if (outcome === undefined) return undefined;
  if ((code !== undefined && typeof code !== "string") || (requestId !== undefined && typeof requestId !== "string"))
    return undefined;
  return {
    outcome,
    ...(code === undefined ? {} : { code }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(after === undefined ? {} : { after }),
  };
}

/** What a torn line still says of itself. */
export type Fragment = Link | "too short" | undefined;

/** Longer than the part of any line that says where it stands. */
const HEAD_LENGTH = 130;

const HEAD = /\{"writer":"([0-9a-f]{16})","seq":([1-9]\d{0,15}),"prev":"([0-9a-f]{64})?",/g;

/** Whether these bytes are the beginning of a line whose end never arrived; undefined when they are something else. */
export function fragmentOf(bytes: Buffer): Fragment {
  // What is whole was not cut off.
  if (Object.keys(parse(bytes)).length > 0) return undefined;
  const text = bytes.toString("latin1");
  const [head, another] = text.matchAll(HEAD);
  // Two lines that lost the newline between them are more than a beginning.
  if (head?.index === 0 && another === undefined)
    return { writer: head[1] ?? "", seq: Number(head[2]), prev: head[3] ?? "" };
  return text.length < HEAD_LENGTH && /^\{["a-z0-9:,]*$/.test(text) ? "too short" : undefined;
}
