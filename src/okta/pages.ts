import type { Okta, OktaAnswer, OktaRequest, SendOptions } from "./client.ts";
import { OktaError } from "./error.ts";

/**
 * Walks a list page by page: `request` is its first page, and its query's `limit` the size of each. While the caller
 * works on a page, and while a page that is waited for is read, the next one is fetched, and no more than that, so two
 * are in memory. A page that fails is repeated as every read is; what fails in the end is thrown where that page would
 * have come. Leaving the loop ends what is under way. Throws OktaError `bad_response` when a cursor comes back, since the walk would never end.
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
  const cursors = new Set([request.query?.after]);
  let wanted: Promise<OktaAnswer> | undefined;
  let ahead: Promise<OktaAnswer> | undefined;
  const ask = (query: OktaRequest["query"] = {}): Promise<OktaAnswer> => {
    const onNext = (after: string): void => {
      // A page that came while the caller is at the one before is not followed, or there were three.
      if (wanted === page) ahead = follow(after);
    };
    const page = okta.send({ ...request, query }, { ...options, signal: stop.signal, onNext });
    // It is looked at when its turn comes; until then a failure is nobody's mistake.
    page.catch(() => {});
    return page;
  };
  const follow = (after: string): Promise<OktaAnswer> | undefined => {
    if (cursors.has(after)) return undefined;
    cursors.add(after);
    return ask({ ...request.query, after });
  };
  try {
    for (wanted = ask(request.query); wanted !== undefined; ) {
      // A generator that waits holds what its variables had, so none keeps a page the caller is done with.
      let page: OktaAnswer | undefined = await wanted;
      const { next, requestId }: OktaAnswer = page;
      wanted = undefined;
      const coming: Promise<OktaAnswer> | undefined = next === undefined ? undefined : (ahead ?? follow(next));
      ahead = undefined;
      yield page;
      page = undefined;
      if (coming === undefined && next !== undefined)
        throw new OktaError({
          code: "bad_response",
          requestId,
          summary: "Okta gave the cursor of a page that was there before: the list would never end.",
        });
      wanted = coming;
    }
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    stop.abort();
  }
}
