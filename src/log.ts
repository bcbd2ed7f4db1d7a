import { inertText } from "./inert.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = "text" | "json";
export type LogFields = Readonly<Record<string, string | number | undefined>>;
export type Log = Readonly<Record<LogLevel, (message: string, fields?: LogFields) => void>>;

/** What looks like a credential, wherever it stands: SSWS, bearer and DPoP values, JWTs, PEM bodies. */
const SECRETS =
  /\b(SSWS|Bearer|DPoP)\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|-----BEGIN[^-]+-----[\s\S]*?(-----END[^-]+-----|$)/g;

/**
 * A log to stderr, one line an entry; `secrets` are values that must not appear in it, whatever is logged.
 * stdout belongs to the protocol.
 */
export function createLog(
  level: LogLevel,
  format: LogFormat,
  secrets: readonly string[] = [],
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  // The longest first, so that one which is part of another leaves nothing of it.
  const hidden = secrets.filter((secret) => secret.length > 0).sort((a, b) => b.length - a.length);
  const redact = (text: string): string =>
    inertText(
      hidden.reduce((line, secret) => line.replaceAll(secret, "[secret]"), text).replace(SECRETS, "[secret]"),
      4_000,
    );
  const entry =
    (severity: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(severity) > LOG_LEVELS.indexOf(level)) return;
      const known = Object.entries(fields).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value] as const],
      );
      if (format === "json") {
        const shown = known.map(([key, value]) => [key, typeof value === "string" ? redact(value) : value]);
        const time = new Date().toISOString();
        write(`${JSON.stringify({ time, level: severity, message: redact(message), ...Object.fromEntries(shown) })}\n`);
      } else {
        const rest = known.map(([key, value]) => ` ${key}=${value}`).join("");
        write(`okta-users-mcp ${severity}: ${redact(message + rest)}\n`);
      }
    };
  return { error: entry("error"), warn: entry("warn"), info: entry("info"), debug: entry("debug") };
}
