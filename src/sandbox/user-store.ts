import { type Profile, profileText, STATUSES, type Status, type User } from "./user.ts";

/**
 * Everybody, with the indexes that keep one lookup or one page cheap in an org of 100,000: by id, by login, by short
 * name, all in id order, and per status in id order.
 */
export class UserStore {
  readonly #byId = new Map<string, User>();
  readonly #byLogin = new Map<string, User>();
  readonly #byShortName = new Map<string, User[]>();
  readonly #all: User[] = [];
  readonly #byStatus = new Map<Status, User[]>(STATUSES.map((status) => [status, []]));

  get size(): number {
    return this.#all.length;
  }

  /** All users in id order. */
  all(): readonly User[] {
    return this.#all;
  }

  /** The users in one status, in id order. */
  inStatus(status: Status): readonly User[] {
    return this.#shelf(status);
  }

  byId(id: string): User | undefined {
    return this.#byId.get(id);
  }

  /** By id, by login whatever its case, or by a short name only one user has. */
  find(key: string): User | undefined {
    return this.#byId.get(key) ?? this.byLogin(key) ?? this.#byShort(key);
  }

  byLogin(login: string): User | undefined {
    const found = this.#byLogin.get(fold(login));
    return found !== undefined && profileText(found, "login").toLowerCase() === login.toLowerCase() ? found : undefined;
  }

  /** True when another user has this login; case and diacritics do not tell logins apart (Okta's API documentation). */
  loginTaken(login: string, by?: User): boolean {
    const found = this.#byLogin.get(fold(login));
    return found !== undefined && found !== by;
  }

  add(user: User): void {
    this.#byId.set(user.id, user);
    insert(this.#all, user);
    insert(this.#shelf(user.status), user);
    this.#addNames(user);
  }

  remove(user: User): void {
    this.#byId.delete(user.id);
    take(this.#all, user);
    take(this.#shelf(user.status), user);
    this.#removeNames(user);
  }

  setStatus(user: User, status: Status): void {
    if (user.status === status) return;
    take(this.#shelf(user.status), user);
    user.status = status;
    insert(this.#shelf(status), user);
  }

  setProfile(user: User, profile: Profile): void {
    this.#removeNames(user);
    user.profile = profile;
    this.#addNames(user);
  }

  #shelf(status: Status): User[] {
    const shelf = this.#byStatus.get(status);
    if (shelf === undefined) throw new Error(`no shelf for ${status}`);
    return shelf;
  }

  #byShort(name: string): User | undefined {
    const found = this.#byShortName.get(name.toLowerCase());
    return found?.length === 1 ? found[0] : undefined;
  }

  #addNames(user: User): void {
    const login = profileText(user, "login");
    this.#byLogin.set(fold(login), user);
    const short = shortName(login);
    const others = this.#byShortName.get(short);
    if (others === undefined) this.#byShortName.set(short, [user]);
    else others.push(user);
  }

  #removeNames(user: User): void {
    const login = profileText(user, "login");
    this.#byLogin.delete(fold(login));
    const short = shortName(login);
    const rest = (this.#byShortName.get(short) ?? []).filter((other) => other !== user);
    if (rest.length === 0) this.#byShortName.delete(short);
    else this.#byShortName.set(short, rest);
  }
}

/** Position of the first user whose id is greater than `id` in a list sorted by id. */
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

function insert(sorted: User[], user: User): void {
  const last = sorted.at(-1);
  if (last === undefined || last.id < user.id) sorted.push(user);
  else sorted.splice(indexAfter(sorted, user.id), 0, user);
}

function take(sorted: User[], user: User): void {
  const at = indexAfter(sorted, user.id) - 1;
  if (sorted[at] === user) sorted.splice(at, 1);
}

const MARKS = /\p{M}/gu;
// Most logins are plain, and taking the marks off is what would make seeding a large org slow.
const PLAIN = /^[\x20-\x7e]*$/;

function fold(login: string): string {
  return (PLAIN.test(login) ? login : login.normalize("NFD").replace(MARKS, "")).toLowerCase();
}

function shortName(login: string): string {
  const lower = login.toLowerCase();
  const at = lower.indexOf("@");
  return at < 0 ? lower : lower.slice(0, at);
}
