import { at, type Reply } from "./harness.ts";
import type { Exchange } from "./recorded-files.ts";

/** One place where the sandbox answered otherwise than Okta. */
export interface Difference {
  /** Such as `status`, `headers.vary`, `body.profile.login` or `body._links (order)`. */
  readonly path: string;
  readonly recorded: unknown;
  readonly ours: unknown;
}

/** Lists whose order follows from nothing a caller can see: neither from ids nor from when the entries came. */
const UNORDERED = /^\/api\/v1\/users\/[^/]+\/linkedObjects\/[^/]+$/;

/** Every difference between an answer of Okta's and one of the sandbox's; hosts, secrets and clock ticks are none. */
export function compare(exchange: Exchange, reply: Reply): Difference[] {
  const out: Difference[] = [];
  if (exchange.status !== reply.status) out.push({ path: "status", recorded: exchange.status, ours: reply.status });
  compareHeaders(exchange, reply, out);
  const unordered = UNORDERED.test(pathOf(exchange.url));
  const order = (body: unknown): unknown =>
    unordered && Array.isArray(body) ? [...body].sort((a, b) => (byLink(a) < byLink(b) ? -1 : 1)) : body;
  compareBodies(order(exchange.body), order(reply.body), "body", out);
  return out;
}

function byLink(entry: unknown): string {
  return String(at(entry, "_links", "self", "href")).replace(HOST, "");
}

export function pathOf(url: string): string {
  return new URL(url.replace(/^\/+/, "/"), "http://org").pathname;
}

// --- headers

/** Not told apart: what HTTP itself needs, and what was taken out of the recordings. */
const PASSED_OVER = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "transfer-encoding",
  "content-security-policy",
  "content-security-policy-report-only",
  "expect-ct",
  "p3p",
  "public-key-pins-report-only",
  "referrer-policy",
  "set-cookie",
  "strict-transport-security",
  "x-content-type-options",
  "x-robots-tag",
  "x-xss-protection",
]);
/** Recorded whenever they were there, even where most other headers were dropped. */
const KEPT = ["link", "etag", "www-authenticate", "dpop-nonce", "location", "content-type"];

function compareHeaders({ headers }: Exchange, reply: Reply, out: Difference[]): void {
  // Some clients wrote only a few headers down; those that kept the web server's name kept everything.
  const whole = headers.has("server");
  const ours = [...reply.headers.keys()].filter((name) => whole || KEPT.includes(name));
  for (const name of new Set([...headers.keys(), ...ours])) {
    if (PASSED_OVER.has(name)) continue;
    const [recorded, own] = [headers.get(name)?.join(", "), reply.headers.get(name) ?? undefined];
    if (name === "link") compareLinks(recorded, own, out);
    else if (headerShape(name, recorded) !== headerShape(name, own)) {
      out.push({ path: `headers.${name}`, recorded, ours: own });
    }
  }
}

const HEADER_SHAPES: Readonly<Record<string, RegExp>> = {
  "x-okta-request-id": /^[0-9a-f]{32}$/,
  "x-rate-limit-limit": /^\d+$/,
  "x-rate-limit-remaining": /^\d+$/,
  "x-rate-limit-reset": /^\d{10}$/,
  "dpop-nonce": /^[\w-]+$/,
  etag: /^W\/"[0-9a-f]{64}"$/,
};

function headerShape(name: string, value: string | undefined): string | undefined {
  return value !== undefined && HEADER_SHAPES[name]?.test(value) ? `<${name}>` : value?.replace(HOST, "<host>");
}

function compareLinks(recorded: string | undefined, ours: string | undefined, out: Difference[]): void {
  const [a, b] = [linksIn(recorded), linksIn(ours)];
  for (const relation of new Set([...a.keys(), ...b.keys()])) {
    const [theirs, own] = [a.get(relation), b.get(relation)];
    if (theirs !== own) out.push({ path: `headers.link ${relation}`, recorded: theirs, ours: own });
  }
}

/** Relation -> URL, with cursors that nobody can read made equal. */
function linksIn(header: string | undefined): Map<string, string> {
  const found = [...(header ?? "").matchAll(/<([^>]+)>; rel="(\w+)"/g)];
  return new Map(
    found.map(([, url = "", relation = ""]) => [
      relation,
      url.replace(HOST, "<host>").replace(/after=PGE[\w-]{22}1/, "after=<cursor>"),
    ]),
  );
}

// --- bodies

const HOST = /https?:\/\/[^/"]+/g;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Okta answers up to this much later than it did the work, and a request takes a moment. */
const TICK = 2000;

/** By key: the part of a value that is made anew each time. */
const FRESH: Readonly<Record<string, readonly [RegExp, string]>> = {
  errorId: [/^oae[\w-]{22}$/, "<error id>"],
  activationToken: [/^[\w-]{20}$/, "<20>"],
  activationUrl: [/(\/welcome\/|\/tokens\/)[\w-]{20}/, "$1<20>"],
  resetPasswordUrl: [/\/(drp|dfp)[\w-]{17}$/, "/$1<17>"],
  tempPassword: [/^[A-Za-z0-9]{12}$/, "<12>"],
  access_token: [/^[\w-]+\.[\w-]+\.[\w-]+$/, "<token>"],
  orn: [/^orn:\w+:directory:00o\w{17}:/, "orn:<cell>:directory:<org>:"],
};

function compareBodies(recorded: unknown, ours: unknown, path: string, out: Difference[]): void {
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    const longer = Math.max(recorded.length, ours.length);
    for (let i = 0; i < longer; i++) compareBodies(recorded[i], ours[i], `${path}[${i}]`, out);
  } else if (isPlain(recorded) && isPlain(ours)) {
    const [a, b] = [Object.keys(recorded), Object.keys(ours)];
    for (const key of new Set([...a, ...b])) compareBodies(recorded[key], ours[key], `${path}.${key}`, out);
    const [common, own] = [a.filter((key) => b.includes(key)), b.filter((key) => a.includes(key))];
    if (common.join() !== own.join()) out.push({ path: `${path} (order)`, recorded: common, ours: own });
  } else if (!alike(recorded, ours, path.slice(path.lastIndexOf(".") + 1))) {
    out.push({ path, recorded, ours });
  }
}

function alike(recorded: unknown, ours: unknown, key: string): boolean {
  if (typeof recorded !== "string" || typeof ours !== "string") return recorded === ours;
  if (TIME.test(recorded) && TIME.test(ours)) return Math.abs(Date.parse(recorded) - Date.parse(ours)) <= TICK;
  return plain(recorded, key) === plain(ours, key);
}

function plain(value: string, key: string): string {
  const [pattern, replacement] = FRESH[key] ?? [];
  const text = value.replace(HOST, "<host>");
  return pattern === undefined || replacement === undefined ? text : text.replace(pattern, replacement);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
