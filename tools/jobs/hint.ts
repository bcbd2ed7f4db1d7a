import { fold } from "./fold.ts";

/** A word that may be part of a name, or say where somebody works. */
export interface Word {
  /** As it was typed, in small letters. */
  readonly typed: string;
  /** Folded, without apostrophes. */
  readonly plain: string;
}

/** What a hint at a person holds. */
export interface Hint {
  readonly id: string | undefined;
  /** Words with an `@`: a login or an e-mail address. */
  readonly mails: readonly string[];
  /** Words with a digit, a dot or the like: a login's start or an employee number. */
  readonly accounts: readonly string[];
  /** As it was typed, its digits among other signs. */
  readonly phone: string | undefined;
  readonly words: readonly Word[];
}

/** Words that say nothing of a person. */
const NOISE: ReadonlySet<string> = new Set(
  (
    "in from the at of and for with by who is our called named user users person people employee department dept team " +
    "mr mrs ms dr"
  ).split(" "),
);

export const LONGEST_HINT = 200;
const MOST_WORDS = 6;
const MOST_ACCOUNTS = 3;

const PHONE = /(?<![\p{L}\p{N}@._-])\+?\(?\d[\d\s()./-]{4,}\d(?![\p{L}\p{N}@])/u;

/** Takes a hint apart; what cannot be typed into a name is dropped. */
export function readHint(hint: string): Hint {
  const text = hint
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, " ")
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "");
  const found = PHONE.exec(text)?.[0];
  const phone = found !== undefined && digitsOf(found).length >= 7 ? found.trim() : undefined;
  // Digits alone may be an employee number as well.
  const rest = phone === undefined || /^\d+$/.test(phone) ? text : text.replace(phone, " ");
  const typed = rest
    .split(/[\s,;:|<>()[\]{}"“”„«»]+/u)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, ""))
    .filter((word) => word !== "" && !NOISE.has(fold(word)));
  const id = typed.find((word) => /^00u[A-Za-z0-9]{17}$/.test(word));
  const mails = typed.filter((word) => word.includes("@"));
  const others = typed.filter((word) => word !== id && !word.includes("@"));
  return {
    id,
    mails: mails.slice(0, MOST_ACCOUNTS),
    accounts: others.filter((word) => /[\d._\\/-]/.test(word)).slice(0, MOST_ACCOUNTS),
    phone,
    words: wordsOf(others),
  };
}

/** Whether a hint holds nothing to go by. */
export function isEmpty({ id, mails, phone, words }: Hint): boolean {
  return id === undefined && mails.length === 0 && phone === undefined && words.length === 0;
}

/** The same hint with the words of its mail addresses, for when nobody has them. */
export function withMailWords(hint: Hint): Hint {
  const names = hint.mails.map((mail) => mail.split("@")[0] ?? "");
  return { ...hint, words: wordsOf([...hint.words.map(({ typed }) => typed), ...names]) };
}

/** What may be a login's start or an employee number; a word alone may. */
export function accountsOf({ mails, accounts, words }: Hint): string[] {
  const [only] = words.length === 1 && mails.length === 0 ? words : [];
  return [...accounts, ...(only ? [only.typed] : [])];
}

/** The login in `DOMAIN\login`. */
export function withoutDomain(account: string): string {
  return account.replace(/^.*[\\/]/, "");
}

export function wordsOf(typed: readonly string[]): Word[] {
  const words = typed
    .flatMap((word) => word.toLowerCase().split(/[^\p{L}\p{M}\p{N}'’‘ʼ`´′]+/u))
    .map((word) => ({ typed: word, plain: fold(word).replaceAll("'", "") }))
    .filter(({ plain }) => /[\p{L}\p{N}]/u.test(plain) && !NOISE.has(plain));
  return [...new Map(words.map((word) => [word.plain, word])).values()].slice(0, MOST_WORDS);
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}
