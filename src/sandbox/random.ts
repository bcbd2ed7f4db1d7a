/** A seeded stream of numbers: the same seed gives the same org, so a test can name what it will find. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** One entry of a list that is never empty. */
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
  /** True with the given probability (0 to 1). */
  chance(probability: number): boolean;
}

/** Builds the stream (mulberry32: tiny, fast, good enough for made-up people; never used for secrets). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((next() / 0x1_0000_0000) * limit);
  return {
    below,
    pick: (list) => {
      const found = list[below(list.length)];
      if (found === undefined) throw new Error("cannot pick from an empty list");
      return found;
    },
    chance: (probability) => next() / 0x1_0000_0000 < probability,
  };
}
