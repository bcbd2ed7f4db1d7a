/** One API request as remembered: never headers or bodies, which hold secrets. */
export interface LoggedRequest {
  /** Eight hex digits, with which the X-Okta-Request-Id of the answer starts. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** HTTP status, 0 when the connection was cut instead of answered. */
  readonly status: number;
  /** From arrival to answer, in milliseconds with at most one decimal. */
  readonly ms: number;
  /** ISO time of arrival. */
  readonly time: string;
  /** Login of the user it was about, as it was before the request. */
  readonly login?: string;
  /** Kind of the fault that was played. */
  readonly fault?: string;
}

const MOST = 10_000;

export interface RequestLog {
  add(entry: LoggedRequest): void;
  /** Oldest first. */
  all(): LoggedRequest[];
  clear(): void;
  /** Tells of every new entry, until the function it gives back is called. */
  watch(tell: (entry: LoggedRequest) => void): () => void;
}

/** The newest 10,000 requests. */
export function requestLog(): RequestLog {
  let entries: LoggedRequest[] = [];
  let start = 0;
  const watchers = new Set<(entry: LoggedRequest) => void>();
  return {
    add: (entry) => {
      if (entries.length < MOST) entries.push(entry);
      else {
        entries[start] = entry;
        start = (start + 1) % MOST;
      }
      for (const tell of watchers) tell(entry);
    },
    all: () => [...entries.slice(start), ...entries.slice(0, start)],
    clear: () => {
      entries = [];
      start = 0;
    },
    watch: (tell) => {
      watchers.add(tell);
      return () => void watchers.delete(tell);
    },
  };
}
