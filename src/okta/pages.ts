import type { Okta, OktaAnswer, OktaRequest, SendOptions } from "./client.ts";
import { OktaError } from "./error.ts";

/**
 * Walks a list page by page: `request` is its first page, and its query's `limit` the size of each. While the caller
 * works on a page, and while a page that is waited for is read, the next one is fetched, and no more than that, so two are in memory. A page that fails is repeated
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
  const cursors = new Set([request.query?.after]);
  let wanted: Page | undefined;
  const ask = (query: OktaRequest["query"] = {}): Page => {
    const onNext = (after: string): void => {
      // A page that came while the caller is at the one before is not followed, or there were three.
      if (wanted === page) page.following = follow(after);
    };
    const answer = okta.send({ ...request, query }, { ...options, signal: stop.signal, onNext });
    // It is looked at when its turn comes; until then a failure is nobody's mistake.
    answer.catch(() => {});
    const page: Page = { answer, following: undefined };
    return page;
  };
  const follow = (after: string): Page | undefined => {
    if (cursors.has(after)) return undefined;
    cursors.add(after);
    return ask({ ...request.query, after });
  };
  try {
    for (wanted = ask(request.query); wanted !== undefined; ) {
      const page: Page = wanted;
      const answer = await page.answer;
      wanted = undefined;
      const following = answer.next === undefined ? undefined : (page.following ?? follow(answer.next));
      yield answer;
      if (following === undefined && answer.next !== undefined)
        throw new OktaError({
          code: "bad_response",
          requestId: answer.requestId,
          summary: "Okta gave the cursor of a page that was there before: the list would never end.",
        });
      wanted = following;
    }
  } finally {
    options.signal?.removeEventListener("abort", cancel);
    stop.abort();
  }
}

/** A page that was asked for. */
interface Page {
  readonly answer: Promise<OktaAnswer>;
  /** The next one, where it was asked for before this one was read. */
  following: Page | undefined;
}
