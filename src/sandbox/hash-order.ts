const HASHES = new Map<string, number>();

/**
 * Names in the order a hash map gives them back: Okta prints profile attributes so, down to 31 of them (behaviour:
 * recorded). Buckets follow from each name's 32-bit string hash and from how many names there are; names that share a
 * bucket keep the order they came in.
 */
export function hashOrder(names: readonly string[]): string[] {
  let buckets = 16;
  while (names.length > buckets * 0.75) buckets *= 2;
  const at = (name: string): number => spreadHash(name) & (buckets - 1);
  return [...names].sort((a, b) => at(a) - at(b));
}

function spreadHash(name: string): number {
  const known = HASHES.get(name);
  if (known !== undefined) return known;
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(31, hash) + name.charCodeAt(i)) | 0;
  const spread = hash ^ (hash >>> 16);
  // Attribute names come from schemas, so there are few; the bound only keeps a flood of them from staying.
  if (HASHES.size >= 10_000) HASHES.clear();
  HASHES.set(name, spread);
  return spread;
}
