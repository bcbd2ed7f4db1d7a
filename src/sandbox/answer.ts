import type { ServerResponse } from "node:http";
import { exactNow } from "./clock.ts";
import { requestId } from "./id.ts";
import { type RateState, rateHeaders } from "./rate-limit.ts";
import type { Answer } from "./route.ts";

const ALWAYS = {
  server: "nginx",
  "accept-ch": "Sec-CH-UA-Platform-Version",
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
} as const;
const UNCACHED = { "cache-control": "no-cache, no-store", pragma: "no-cache", expires: "0" } as const;
/** Statuses whose answers the web server in front would compress. */
const COMPRESSED: ReadonlySet<number> = new Set([200, 403, 404]);

/** The answer with the headers that answers of its kind have (behaviour: recorded). */
export function withHeaders(answer: Answer, rate: RateState, path = ""): Answer {
  const { status, headers = {} } = answer;
  // Refused before the API is reached: a method it does not know, a token it does not know, too many requests.
  if (status === 405) return { ...answer, headers: { server: ALWAYS.server, ...headers } };
  const early = status === 429 || headers["www-authenticate"] === "SSWS";
  return {
    ...answer,
    headers: {
      ...ALWAYS,
      ...(!early && UNCACHED),
      ...(COMPRESSED.has(status) && !path.startsWith("/oauth2/") && { vary: "Accept-Encoding" }),
      "x-okta-request-id": requestId(),
      ...rateHeaders(rate),
      ...headers,
    },
  };
}

/** Sends an answer whole. */
export function send(response: ServerResponse, answer: Answer): void {
  const text = head(response, answer);
  if (text === undefined) response.end();
  else response.end(text);
}

/** Promises the whole body, sends half of it, and cuts the connection. */
export function sendHalf(response: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(head(response, answer) ?? "");
  response.setHeader("content-length", bytes.length);
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

/** Writes status and headers; gives back the body text. */
function head(response: ServerResponse, { status, body, raw, headers = {} }: Answer): string | Buffer | undefined {
  response.statusCode = status;
  // Clients compare it with X-Rate-Limit-Reset, so both must come from the same clock.
  response.setHeader("date", new Date(exactNow()).toUTCString());
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  if (text !== undefined) response.setHeader("content-type", "application/json");
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  return text;
}
