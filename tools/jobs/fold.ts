/** Letters that Unicode does not take apart into a plain letter and an accent, as people write them without one. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ħ: "h",
  ı: "i",
  ŋ: "n",
  ŧ: "t",
};

/** What people write for an apostrophe. */
const APOSTROPHES = /['’‘ʼ`´′]/g;

/** A text without case, accents and kinds of apostrophe. */
export function fold(text: string): string {
  return unaccented(unaccented(text.replace(APOSTROPHES, "'")));
}

/** Taking letters apart can bring capitals and accents to light, so once is not enough. */
function unaccented(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[ßæœøłđðþħıŋŧ]/g, (letter) => PLAIN[letter] ?? letter)
    .toLowerCase()
    .normalize("NFC");
}

/** A folded text with one form for ö, oe and o, and their like: what is the same here is spelled two ways. */
export function collapse(folded: string): string {
  return folded.replace(/([aou])e/g, "$1").replaceAll("aa", "a");
}

/** The words of a text, folded; one with apostrophes whole and in parts, and all of them run together. */
export function tokens(text: string): string[] {
  const words = fold(text)
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .filter((word) => /[^']/.test(word));
  const whole = words.map((word) => word.replaceAll("'", ""));
  const parts = words.flatMap((word) => word.split("'")).filter((part) => part !== "");
  return [...new Set([...whole, ...parts, ...(whole.length > 1 ? [whole.join("")] : [])])];
}
