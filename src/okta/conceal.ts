import type { WireAnswer } from "./exchange.ts";

/** A secret shorter than this may be part of any word: it is hidden only where no letter or digit touches it. */
const SHORT = 8;

/**
 * An answer without what must not be shown, whoever between us echoes it: our credential and what the call gave. Inside
 * JSON only texts are looked at, so that a secret such as `true` cannot break it.
 */
export function conceal(secrets: readonly string[], answer: WireAnswer): WireAnswer {
  // The longest first, so that one which is part of another leaves nothing of it.
  const hidden = [...new Set(secrets.flatMap(spellings))].sort((a, b) => b.length - a.length);
  const clean = (text: string): string =>
    hidden.reduce((rest, secret) => {
      if (secret.length < SHORT) return rest.replace(alone(secret), "[secret]");
      return rest.includes(secret) ? rest.replaceAll(secret, "[secret]") : rest;
    }, text);
  const headers = { ...answer.headers };
  for (const [name, value] of Object.entries(headers))
    headers[name] = Array.isArray(value) ? value.map(clean) : value && clean(value);
  const text = hidden.some((secret) => answer.text.includes(secret)) ? inText(answer.text, clean) : answer.text;
  return { status: answer.status, headers, text };
}

/** The secret where no letter or digit touches it. */
function alone(secret: string): RegExp {
  const literal = secret.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}._@-])${literal}(?![\\p{L}\\p{N}_@-]|\\.[\\p{L}\\p{N}])`, "gu");
}

function inText(text: string, clean: (text: string) => string): string {
  try {
    return JSON.stringify(JSON.parse(text, (_, value: unknown) => (typeof value === "string" ? clean(value) : value)));
  } catch {
    return clean(text);
  }
}

/** How a secret may stand in an answer: as it is, inside JSON, inside a URL. */
function spellings(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}
