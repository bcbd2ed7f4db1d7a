/** What `make` gives with the first of the sizes, tried in turn, with which it fits; undefined where it does with none. */
export function firstFitting<S, T>(
  sizes: readonly S[],
  make: (size: S) => T,
  fits: (made: T) => boolean,
): T | undefined {
  for (const size of sizes) {
    const made = make(size);
    if (fits(made)) return made;
  }
  return undefined;
}
