import type { ServerResponse } from "node:http";
import { requestId } from "./id.ts";
import { type RateState, rateHeaders } from "./rate-limit.ts";
import type { Answer } from "./route.ts";

/** Headers every answer of the API carries (behaviour: recorded). */
const ALWAYS = {
  server: "nginx",
  vary: "Accept-Encoding",
  "accept-ch": "Sec-CH-UA-Platform-Version",
  "cache-control": "no-cache, no-store",
  pragma: "no-cache",
  expires: "0",
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
} as const;

/** The answer with the headers that every answer of the API has. */
export function withHeaders(answer: Answer, rate: RateState): Answer {
  const headers = { ...ALWAYS, "x-okta-request-id": requestId(), ...rateHeaders(rate), ...answer.headers };
  return { ...answer, headers };
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
function head(response: ServerResponse, { status, body, raw, headers = {} }: Answer): string | undefined {
  response.statusCode = status;
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  if (text !== undefined) response.setHeader("content-type", "application/json");
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  return text;
}
