/** Keeps those of many that are longest absent, no more than so many. */
export interface Longest<T> {
  /** @param since epoch milliseconds */
  add(since: number, entry: T): void;
  /** The longest absent first; of equals who came first. */
  all(): T[];
}

export function longest<T>(most: number): Longest<T> {
  const kept: { readonly since: number; readonly entry: T }[] = [];
  return {
    add: (since, entry) => {
      const last = kept.at(-1);
      if (kept.length === most && last !== undefined && since >= last.since) return;
      const behind = kept.findLastIndex((other) => other.since <= since);
      kept.splice(behind + 1, 0, { since, entry });
      if (kept.length > most) kept.pop();
    },
    all: () => kept.map(({ entry }) => entry),
  };
}
