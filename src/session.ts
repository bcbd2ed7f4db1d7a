/** What this connection has shown and done, so that the person shown is the person hit. */
export interface Session {
  /** Remembers whom a whole preview showed under the name that was given. */
  showed(name: string, id: string): void;
  /** Whom a preview showed last under that name. */
  shown(name: string): string | undefined;
  /** Remembers that an account was deactivated, or may have been. */
  deactivated(id: string): void;
  /** Remembers that a whole preview showed what erasing this account would be. */
  showedErasing(id: string): void;
  /** Whether it was deactivated so, and no such preview was whole before `begun` (by `performance.now()`). */
  mustShow(id: string, begun: number): boolean;
  /** Runs what may erase an account, one after another for each. */
  alone<T>(id: string, act: () => Promise<T>): Promise<T>;
}

/** Most names remembered; the oldest are forgotten first. */
const MOST = 10_000;

export function createSession(): Session {
  const people = new Map<string, string>();
  /** When the next step was shown of whom this connection deactivated; not yet, where undefined. */
  const gone = new Map<string, number | undefined>();
  const last = new Map<string, Promise<unknown>>();
  // Logins are the same in any case (documented).
  const key = (name: string): string => name.toLowerCase();
  return {
    showed: (name, id) => {
      people.delete(key(name));
      people.set(key(name), id);
      const [oldest] = people.keys();
      if (people.size > MOST && oldest !== undefined) people.delete(oldest);
    },
    showedErasing: (id) => {
      if (gone.has(id)) gone.set(id, performance.now());
    },
    shown: (name) => people.get(key(name)),
    deactivated: (id) => void gone.set(id, undefined),
    mustShow: (id, begun) => gone.has(id) && !((gone.get(id) ?? Number.POSITIVE_INFINITY) < begun),
    alone: (id, act) => {
      const turn = (last.get(id) ?? Promise.resolve()).then(act);
      const settled = turn.then(
        () => {},
        () => {},
      );
      last.set(id, settled);
      settled.then(() => last.get(id) === settled && last.delete(id));
      return turn;
    },
  };
}
