import { exactNow } from "./clock.ts";
import type { Org } from "./org.ts";
import { UserStore } from "./user-store.ts";

interface Version<T> {
  /** Until when the index still shows this version, in epoch milliseconds. */
  readonly until: number;
  /** Undefined: it did not exist yet. */
  readonly was: T | undefined;
}

/**
 * The search index of a kind of thing, as far as it differs from the present. Okta documents it as eventually
 * consistent: a search can show an older state than a read of the thing itself (behaviour: recorded).
 */
export class IndexLag<T extends { readonly id: string }> {
  readonly #versions = new Map<string, Version<T>[]>();

  /** Remembers the state before a change, for as long as the index lags. */
  note(id: string, was: T | undefined, lagMs: number): void {
    if (lagMs <= 0) return;
    const entry = { until: exactNow() + lagMs, was };
    const versions = this.#versions.get(id);
    if (versions === undefined) this.#versions.set(id, [entry]);
    else versions.push(entry);
  }

  /** True while the index shows anything but the present. */
  lags(): boolean {
    const time = exactNow();
    for (const [id, versions] of this.#versions) {
      if (versions.every(({ until }) => until <= time)) this.#versions.delete(id);
    }
    return this.#versions.size > 0;
  }

  /** What the index shows of these things, in id order. */
  view(present: Iterable<T>): readonly T[] {
    const time = exactNow();
    const shown: T[] = [];
    const seen = new Set<string>();
    for (const thing of present) {
      seen.add(thing.id);
      const older = this.#versions.get(thing.id)?.find(({ until }) => until > time);
      const version = older === undefined ? thing : older.was;
      if (version !== undefined) shown.push(version);
    }
    for (const [id, versions] of this.#versions) {
      const gone = seen.has(id) ? undefined : versions.find(({ until }) => until > time)?.was;
      if (gone !== undefined) shown.push(gone);
    }
    return shown.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

/** The people as a search sees them. While the index lags that is a store of its own, which in a large org takes a while. */
export function searchedUsers({ users, userIndex }: Org): UserStore {
  if (!userIndex.lags()) return users;
  const shown = new UserStore();
  for (const user of userIndex.view(users.all())) shown.add(user);
  return shown;
}
