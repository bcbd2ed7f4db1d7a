import { fold } from "./query/index.ts";
import { type Profile, profileText, type Status, type User } from "./user.ts";
import { insertById, takeById, UserIndex } from "./user-index.ts";
import { isLoose, keyReader } from "./user-property.ts";

/** More indexes than this are not kept in memory: the one that was not used for longest goes. */
const MOST_INDEXES = 12;

/**
 * Everybody, with the indexes that keep one lookup or one page cheap in an org of 100,000: by id and by login always,
 * by any other property from the first time somebody asks.
 */
export class UserStore {
  readonly #byId = new Map<string, User>();
  readonly #byLogin = new Map<string, User>();
  readonly #all: User[] = [];
  /** By property, the one used last at the end. */
  readonly #indexes = new Map<string, { readonly index: UserIndex; seen: number }>();
  #byShortName: UserIndex | undefined;
  #changes = 0;

  get size(): number {
    return this.#all.length;
  }

  /** All users in id order. */
  all(): readonly User[] {
    return this.#all;
  }

  /** The users in one status, in id order. */
  inStatus(status: Status): readonly User[] {
    return this.index("status").having(fold(status));
  }

  byId(id: string): User | undefined {
    return this.#byId.get(id);
  }

  /** By id, by login whatever its case, or by a short name only one user has. */
  find(key: string): User | undefined {
    return this.#byId.get(key) ?? this.byLogin(key) ?? this.#byShort(key);
  }

  byLogin(login: string): User | undefined {
    const found = this.#byLogin.get(plain(login));
    return found !== undefined && profileText(found, "login").toLowerCase() === login.toLowerCase() ? found : undefined;
  }

  /** True when another user has this login; case and diacritics do not tell logins apart (Okta's API documentation). */
  loginTaken(login: string, by?: User): boolean {
    const found = this.#byLogin.get(plain(login));
    return found !== undefined && found !== by;
  }

  /**
   * Everybody by a searchable property, filed as {@link keyReader} says. It follows every change made through the store
   * at once, and the others after {@link changed}.
   */
  index(property: string, numeric = false): UserIndex {
    const name = numeric ? `${property} as number` : property;
    const known = this.#indexes.get(name);
    const entry = known ?? { index: new UserIndex(this.#all, keyReader(property, numeric)), seen: this.#changes };
    if (entry.seen !== this.#changes && isLoose(property)) entry.index.refresh();
    entry.seen = this.#changes;
    this.#indexes.delete(name);
    this.#indexes.set(name, entry);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > MOST_INDEXES && oldest !== undefined) this.#indexes.delete(oldest);
    return entry.index;
  }

  /** Differs whenever something about users may have changed. */
  get changes(): number {
    return this.#changes;
  }

  /** To be called after work that may have changed a user directly, such as his times or his type. */
  changed(): void {
    this.#changes += 1;
  }

  add(user: User): void {
    this.#byId.set(user.id, user);
    insertById(this.#all, user);
    this.#byLogin.set(plain(profileText(user, "login")), user);
    for (const index of this.#filed()) index.add(user);
  }

  remove(user: User): void {
    this.#byId.delete(user.id);
    takeById(this.#all, user);
    this.#byLogin.delete(plain(profileText(user, "login")));
    for (const index of this.#filed()) index.remove(user);
  }

  setStatus(user: User, status: Status): void {
    if (user.status === status) return;
    const index = this.#indexes.get("status")?.index;
    index?.remove(user);
    user.status = status;
    index?.add(user);
  }

  setProfile(user: User, profile: Profile): void {
    const before = this.#filed(isProfile);
    for (const index of before) index.remove(user);
    this.#byLogin.delete(plain(profileText(user, "login")));
    user.profile = profile;
    this.#byLogin.set(plain(profileText(user, "login")), user);
    for (const index of before) index.add(user);
  }

  /** The indexes there are, of the properties asked for. */
  #filed(which: (property: string) => boolean = () => true): UserIndex[] {
    const found = this.#byShortName === undefined ? [] : [this.#byShortName];
    for (const [property, { index }] of this.#indexes) if (which(property)) found.push(index);
    return found;
  }

  #byShort(name: string): User | undefined {
    this.#byShortName ??= new UserIndex(this.#all, (user) => shortName(profileText(user, "login")));
    const found = this.#byShortName.having(name.toLowerCase());
    return found.length === 1 ? found[0] : undefined;
  }
}

function isProfile(property: string): boolean {
  return property.startsWith("profile.");
}

const MARKS = /\p{M}/gu;
// Most logins are plain, and taking the marks off is what would make seeding a large org slow.
const PLAIN = /^[\x20-\x7e]*$/;

/** A login as it is told apart from others: without case and marks. */
function plain(login: string): string {
  return (PLAIN.test(login) ? login : login.normalize("NFD").replace(MARKS, "")).toLowerCase();
}

function shortName(login: string): string {
  const lower = login.toLowerCase();
  const at = lower.indexOf("@");
  return at < 0 ? lower : lower.slice(0, at);
}
