import type { WireAnswer } from "./exchange.ts";

/** An answer without what must not be shown, whoever between us echoes it: our credential and what the call gave. */
export function conceal(secrets: readonly string[], answer: WireAnswer): WireAnswer {
  const hidden = secrets.flatMap(spellings);
  const clean = (text: string): string =>
    hidden.reduce((rest, secret) => (rest.includes(secret) ? rest.replaceAll(secret, "[secret]") : rest), text);
  const headers = { ...answer.headers };
  for (const [name, value] of Object.entries(headers))
    headers[name] = Array.isArray(value) ? value.map(clean) : value && clean(value);
  return { status: answer.status, headers, text: clean(answer.text) };
}

/** How a secret may stand in an answer: as it is, inside JSON, inside a URL. */
function spellings(secret: string): string[] {
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])];
}
