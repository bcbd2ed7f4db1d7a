import { compareKeys, type Key, type Place } from "./sort.ts";
import type { User } from "./user.ts";

const NOBODY: readonly User[] = [];

/**
 * Everybody by one property: who has a value, whose value starts with a text, and all in the order of the values, ties
 * by id. What only a prefix or an order needs is built when the first of them is asked for.
 */
export class UserIndex {
  readonly #keyOf: (user: User) => Key;
  /** By key, in id order. No shelf is empty. */
  readonly #shelves = new Map<Key, User[]>();
  /** The keys of the shelves in their order. */
  #keys: Key[] | undefined;
  /** The last answer about a prefix, so that a walk through its pages sorts once. */
  #lastPrefix: { readonly prefix: string; readonly users: readonly User[] } | undefined;

  /** @param users in id order */
  constructor(users: readonly User[], keyOf: (user: User) => Key) {
    this.#keyOf = keyOf;
    for (const user of users) this.add(user);
  }

  keyOf(user: User): Key {
    return this.#keyOf(user);
  }

  /** Files a user under the present value. */
  add(user: User): void {
    const key = this.#keyOf(user);
    const shelf = this.#shelves.get(key);
    this.#lastPrefix = undefined;
    if (shelf !== undefined) {
      insertById(shelf, user);
      return;
    }
    this.#shelves.set(key, [user]);
    if (this.#keys !== undefined) this.#keys.splice(firstAtLeast(this.#keys, key), 0, key);
  }

  /** Takes out a user; at once if he still has the value of the time of filing. */
  remove(user: User): void {
    if (this.#take(user, this.#keyOf(user))) return;
    for (const key of this.#shelves.keys()) if (this.#take(user, key)) return;
  }

  /** Files again whoever has changed since, for values that change without a word to the index. */
  refresh(): void {
    const moved: (readonly [user: User, from: Key])[] = [];
    for (const [key, shelf] of this.#shelves) {
      for (const user of shelf) if (this.#keyOf(user) !== key) moved.push([user, key]);
    }
    for (const [user, from] of moved) this.#take(user, from);
    for (const [user] of moved) this.add(user);
  }

  /** Who has exactly this value, in id order. */
  having(key: Key): readonly User[] {
    return this.#shelves.get(key) ?? NOBODY;
  }

  /** Whose text starts with `prefix`, in id order; undefined when they are more than `most`. */
  startingWith(prefix: string, most: number): readonly User[] | undefined {
    if (this.#lastPrefix?.prefix === prefix) {
      const { users } = this.#lastPrefix;
      return users.length > most ? undefined : users;
    }
    const keys = this.#sortedKeys();
    const shelves: User[][] = [];
    let count = 0;
    for (let i = firstAtLeast(keys, prefix); i < keys.length; i++) {
      const key = keys[i];
      if (typeof key !== "string" || !key.startsWith(prefix)) break;
      const shelf = this.#shelves.get(key) ?? [];
      count += shelf.length;
      if (count > most) return undefined;
      shelves.push(shelf);
    }
    const [only] = shelves;
    if (only !== undefined && shelves.length === 1) return only;
    const users = shelves.flat().sort(byId);
    this.#lastPrefix = { prefix, users };
    return users;
  }

  /**
   * Everybody in the order of the values, from behind `place` on: one list for each value, in id order also when the
   * values go down.
   */
  *ordered(direction: "asc" | "desc", place?: Place): Generator<readonly User[]> {
    const keys = this.#sortedKeys();
    const step = direction === "asc" ? 1 : -1;
    let at = step === 1 ? 0 : keys.length - 1;
    if (place !== undefined) {
      const near = firstAtLeast(keys, place.key);
      if (keys[near] === place.key) {
        const shelf = this.having(place.key);
        yield shelf.slice(indexAfter(shelf, place.id));
        at = near + step;
      } else at = step === 1 ? near : near - 1;
    }
    for (; at >= 0 && at < keys.length; at += step) {
      const key = keys[at];
      if (key !== undefined) yield this.having(key);
    }
  }

  /** True when he stood there. */
  #take(user: User, key: Key): boolean {
    const shelf = this.#shelves.get(key);
    if (shelf === undefined || !takeById(shelf, user)) return false;
    this.#lastPrefix = undefined;
    if (shelf.length > 0) return true;
    this.#shelves.delete(key);
    if (this.#keys !== undefined) this.#keys.splice(firstAtLeast(this.#keys, key), 1);
    return true;
  }

  #sortedKeys(): Key[] {
    this.#keys ??= [...this.#shelves.keys()].sort(compareKeys);
    return this.#keys;
  }
}

export function byId(a: User, b: User): number {
  return a.id < b.id ? -1 : 1;
}

/** Position of the first user whose id is greater than `id` in a list in id order. */
export function indexAfter(sorted: readonly User[], id: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle];
    if (at !== undefined && at.id <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a user in his place in a list in id order; new ids are the greatest, so it is mostly the last. */
export function insertById(sorted: User[], user: User): void {
  const last = sorted.at(-1);
  if (last === undefined || last.id < user.id) sorted.push(user);
  else sorted.splice(indexAfter(sorted, user.id), 0, user);
}

/** Takes a user out of a list in id order; false when he is not in it. */
export function takeById(sorted: User[], user: User): boolean {
  const at = indexAfter(sorted, user.id) - 1;
  if (sorted[at] !== user) return false;
  sorted.splice(at, 1);
  return true;
}

function firstAtLeast(sorted: readonly Key[], key: Key): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(sorted[middle] ?? key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
