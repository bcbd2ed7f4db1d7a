/** The ways a letter of a name is written with an accent in languages that use Latin letters; with an e or a for two dots or a ring. */
const ACCENTED: Readonly<Record<string, readonly string[]>> = {
  a: ["á", "à", "â", "ä", "ã", "å", "ā", "ă", "ą", "æ", "ae"],
  c: ["ç", "ć", "č"],
  d: ["ď", "đ"],
  e: ["é", "è", "ê", "ë", "ē", "ė", "ę", "ě"],
  g: ["ğ"],
  h: ["ħ"],
  i: ["í", "ì", "î", "ï", "ī", "ı"],
  l: ["ł", "ľ"],
  n: ["ñ", "ń", "ň"],
  o: ["ó", "ò", "ô", "ö", "õ", "ø", "ō", "ő", "ơ", "œ", "oe"],
  r: ["ř"],
  s: ["ś", "š", "ş", "ș"],
  t: ["ť", "ț", "þ"],
  u: ["ú", "ù", "û", "ü", "ū", "ů", "ű", "ư", "ue"],
  y: ["ý", "ÿ"],
  z: ["ź", "ż", "ž"],
};

/** Two letters that may stand for one with an accent. */
const PAIRS: ReadonlySet<string> = new Set(["aa", "ae", "oe", "ue", "ss", "th"]);

/** Names such as O'Brien are asked for without the apostrophe too. */
const BEFORE_APOSTROPHE: ReadonlySet<string> = new Set(["d", "l", "m", "n", "o"]);

/** What follows the first letters is left to the comparison here: it forgives a slip, a search by prefix does not. */
const LONGEST = 4;

/**
 * The starts that a name folding to `word` can have, with at most one accent, for Okta's search tells accents apart
 * (OpenAPI 2026.06.3). About `most` of them: the prefix ends before the letter that would make them more.
 */
export function prefixesOf(word: string, most: number): string[] {
  const letters = [...word];
  let plain = "";
  let found: string[] = [];
  for (const [index, letter] of letters.slice(0, LONGEST).entries()) {
    const pair = PAIRS.has(letter + (letters[index + 1] ?? ""));
    const accented = [...(ACCENTED[letter] ?? []), ...(pair && letter === "s" ? ["ß"] : [])];
    const apostrophes = index === 1 && BEFORE_APOSTROPHE.has(plain) ? [`${plain}'${letter}`, `${plain}’${letter}`] : [];
    const grown = [...found.map((start) => start + letter), ...accented.map((one) => plain + one), ...apostrophes];
    if (index > 0 && grown.length >= most) break;
    plain += letter;
    found = grown;
    if (pair) break;
  }
  return shortest([plain, ...found]);
}

/** Without those that start with another one. */
export function shortest(prefixes: readonly string[]): string[] {
  const all = [...new Set(prefixes)];
  return all.filter((one) => !all.some((other) => other !== one && one.startsWith(other)));
}
