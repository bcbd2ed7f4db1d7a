/**
 * The cursor of the next page from the `Link` header lines of a list, or undefined on the last page. The link itself
 * is never followed: only its `after` parameter is taken, as an opaque value (recorded: one header line per relation).
 */
export function nextCursor(links: string | readonly string[] | undefined): string | undefined {
  const text = typeof links === "string" ? links : (links ?? []).join(", ");
  for (const [, url = "", parameters = ""] of text.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (!/;\s*rel\s*=\s*"?next"?\s*(?:[;,]|$)/i.test(parameters)) continue;
    const after = /[?&]after=([^&#]*)/.exec(url)?.[1];
    return after === undefined ? undefined : new URLSearchParams(`after=${after}`).get("after") || undefined;
  }
  return undefined;
}
