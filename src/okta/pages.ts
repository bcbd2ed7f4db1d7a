import type { Okta, OktaAnswer, OktaRequest, SendOptions } from "./client.ts";
import { OktaError } from "./error.ts";

/**
 * Walks a list page by page: `request` is its first page, and its query's `limit` the size of each. While the caller
 * works on a page the next one is fetched, and no more than that, so two are in memory. A page that fails is repeated
 * as every read is; what fails in the end is thrown where that page would have come. Leaving the loop ends what is under
 * way. Throws OktaError `bad_response` when a cursor comes back, since the walk would never end.
 */
export async function* pages(
  okta: Okta,
  request: OktaRequest,
  options: SendOptions = {},
): AsyncGenerator<OktaAnswer, void, undefined> {
  const stop = new AbortController();
  const cancel = (): void => stop.abort();
  if (options.signal?.aborted) cancel();
  options.signal?.addEventListener("abort", cancel, { once: true });
  const seen = new Set([request.query?.after]);
  const ask = (query: OktaRequest["query"] = {}): Promise<OktaAnswer> => {
    const page = okta.send({ ...request, query }, { ...options, signal: stop.signal });
    // It is looked at when its turn comes; until then a failure is nobody's mistake.
    page.catch(() => {});
    return page;
  };
  try {
    for (let coming: Promise<OktaAnswer> | undefined = ask(request.query); coming !== undefined; ) {
      const page: OktaAnswer = await coming;
      const next: string | undefined = page.next;
      const endless = next !== undefined && seen.has(next);
      seen.add(next);
      coming = next === undefined || endless ? undefined : ask({ ...request.query, after: next });
      yield page;
      if (endless)
        throw new OktaError({
          code: "bad_response",
          requestId: page.requestId,
          summary: "Okta gave the cursor of a page that was there before: the list would never end.",
        });
    }
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    stop.abort();
  }
}
