/** One API request as remembered: never headers or bodies, which hold secrets. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** HTTP status, 0 when the connection was cut instead of answered. */
  readonly status: number;
  /** ISO time of arrival. */
  readonly time: string;
}

const MOST = 10_000;

export interface RequestLog {
  add(entry: LoggedRequest): void;
  /** Oldest first. */
  all(): LoggedRequest[];
  clear(): void;
}

/** The newest 10,000 requests. */
export function requestLog(): RequestLog {
  let entries: LoggedRequest[] = [];
  let start = 0;
  return {
    add: (entry) => {
      if (entries.length < MOST) entries.push(entry);
      else {
        entries[start] = entry;
        start = (start + 1) % MOST;
      }
    },
    all: () => [...entries.slice(start), ...entries.slice(0, start)],
    clear: () => {
      entries = [];
      start = 0;
    },
  };
}
