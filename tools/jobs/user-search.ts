import { firstFitting } from "../../src/job.ts";
import { accountsOf, digitsOf, type Hint, type Word, withoutDomain } from "./hint.ts";
import { prefixesOf, shortest } from "./prefixes.ts";

/*
 * Expressions of Okta's `search` that lead to everybody a hint may mean; who of them fits is decided here. It looks at
 * starts of attributes only, case aside, and at any part of names, login and email (OpenAPI 2026.06.3).
 */

/** An expression much longer than this may be refused (documented, without a figure); URLs get longer by encoding. */
const LONGEST = 2_500;

/** How many starts a word is searched by, tried in turn until the expression is short enough. */
const STARTS = [14, 8, 4, 1];

const PLACES = ["profile.department", "profile.title", "profile.city"];

/** By what is unmistakable, by two words in names and place, or by a single word in names and login. */
export function usual(hint: Hint): string {
  return fitting((most) => [
    ...unmistakable(hint),
    ...named(hint.words, (word) => prefixesOf(word.plain, most)),
    ...(hint.words.length === 1 ? inLogins(hint.words[0]?.plain ?? "") : []),
  ]);
}

/** By the words as they are, where their starts led to too many people. */
export function narrow(hint: Hint): string {
  const whole = ({ typed, plain }: Word): string[] => [...new Set([typed, plain])];
  const [only] = hint.words;
  const sure = unmistakable(hint, wholePhones);
  if (only === undefined) return anyOf(sure);
  if (hint.words.length === 1)
    return anyOf([
      ...sure,
      ...compare("eq", ["profile.firstName", "profile.lastName"], whole(only)),
      ...starts(["profile.login"], [`${only.plain}.`, `${only.plain}@`]),
    ]);
  // Two words in a login lead to names with accents, which these words may lack.
  const inLogin = hint.words.map(({ plain }) => compare("co", ["profile.login"], [plain]).join());
  const pairs = inLogin.flatMap((one, index) => inLogin.slice(index + 1).map((other) => `(${one} and ${other})`));
  const there = `(${anyOf(inLogin)} and ${anyOf(inPlaces(hint.words))})`;
  return anyOf([...sure, ...named(hint.words, (word) => shortest(whole(word))), ...pairs, there]);
}

/** By what is unmistakable as it is, where its starts and the words led to too many people: everybody it may belong to. */
export function owners(hint: Hint): string {
  const { mails, phone } = hint;
  const accounts = accountsOf(hint);
  const logins = accounts.map(withoutDomain);
  return anyOf([
    ...compare("eq", ["profile.login", "profile.email", "profile.secondEmail"], mails),
    ...compare("eq", ["profile.login"], logins),
    ...starts(
      ["profile.login"],
      logins.map((login) => `${login}@`),
    ),
    ...compare("eq", ["profile.employeeNumber"], accounts),
    ...(phone === undefined ? [] : starts(["profile.mobilePhone", "profile.primaryPhone"], wholePhones(phone))),
  ]);
}

/** By each word alone, in names and anywhere in login and email, where nobody fitted all of them. */
export function wide(hint: Hint): string {
  const telling = hint.words.filter(({ plain }) => plain.length > 2);
  const words = telling.length > 0 ? telling : hint.words;
  return fitting((most) => [
    ...unmistakable(hint),
    ...compare(
      "co",
      ["profile.login", "profile.email"],
      words.map(({ plain }) => plain),
    ),
    ...starts(
      ["profile.firstName", "profile.lastName"],
      words.flatMap(({ plain }) => prefixesOf(plain, most)),
    ),
  ]);
}

/** Which attributes a hint is looked for in. */
export function attributesSearched({ mails, accounts, phone, words }: Hint): string[] {
  return [
    ...(words.length > 0 ? ["firstName", "lastName"] : []),
    ...(mails.length + accounts.length > 0 || words.length > 0 ? ["login"] : []),
    ...(mails.length > 0 || words.length > 0 ? ["email"] : []),
    ...(mails.length > 0 ? ["secondEmail"] : []),
    ...(accounts.some(hasDigit) ? ["employeeNumber"] : []),
    ...(phone === undefined ? [] : ["mobilePhone", "primaryPhone"]),
    ...(words.length > 1 ? ["department", "title", "city"] : []),
  ];
}

function unmistakable({ mails, accounts, phone }: Hint, phones = phoneStarts): string[] {
  const logins = accounts.map(withoutDomain);
  return [
    ...starts(["profile.login", "profile.email"], mails),
    ...compare("eq", ["profile.secondEmail"], mails),
    ...starts(["profile.login"], logins),
    ...starts(["profile.employeeNumber"], accounts.filter(hasDigit)),
    ...(phone === undefined ? [] : starts(["profile.mobilePhone", "profile.primaryPhone"], phones(phone))),
  ];
}

function inPlaces(words: readonly Word[]): string[] {
  return starts(PLACES, shortest(words.flatMap(({ typed, plain }) => [typed, plain])));
}

function hasDigit(text: string): boolean {
  return /\d/.test(text);
}

/** One word is a name; of several two are found in names, or one there and one in a place. */
function named(words: readonly Word[], startsOf: (word: Word) => string[]): string[] {
  const prefixes = shortest(words.flatMap(startsOf));
  if (prefixes.length === 0) return [];
  const [first, last] = [starts(["profile.firstName"], prefixes), starts(["profile.lastName"], prefixes)];
  if (words.length === 1) return [...first, ...last];
  const places = inPlaces(words);
  return [`(${anyOf(first)} and ${anyOf([...last, ...places])})`, `(${anyOf(last)} and ${anyOf(places)})`];
}

/** A login is mostly made of the names without accents, so it leads to second names; short words are in too many. */
function inLogins(word: string): string[] {
  return compare(word.length < 4 ? "sw" : "co", ["profile.login", "profile.email"], [word]);
}

/** The starts of a number however it is written, its country's code one to three digits long. */
function phoneStarts(phone: string): string[] {
  const digits = digitsOf(phone);
  // Digits alone may begin with the country's code, or with a zero in its place.
  if (!phone.startsWith("+") && (phone.startsWith("0") || digits.length < 8)) return wholePhones(phone);
  const split = [1, 2, 3].flatMap((length) => {
    const [country, next] = [`+${digits.slice(0, length)}`, digits.slice(length, length + 3)];
    return [" ", "-", ".", " (", "-("].map((between) => country + between + next);
  });
  return shortest([...wholePhones(phone), `+${digits.slice(0, 7)}`, ...split]);
}

/** The number in the groups it was typed in, with other signs between them. */
function wholePhones(phone: string): string[] {
  const [first = "", ...groups] = phone.match(/\d+/g) ?? [];
  const [area, ...rest] = groups;
  const plus = phone.startsWith("+") ? "+" : "";
  const joined = ["", " ", "-", ".", "/"].map((between) => plus + [first, ...groups].join(between));
  const bracketed =
    area === undefined ? [] : [" ", "-"].map((sign) => `${plus}${first} (${area})${sign}${rest.join(sign)}`);
  return [...new Set([phone, ...joined, ...bracketed])];
}

function starts(attributes: readonly string[], prefixes: readonly string[]): string[] {
  return compare("sw", attributes, prefixes);
}

/** JSON strings are the literals of a search (documented). */
function compare(operator: string, attributes: readonly string[], values: readonly string[]): string[] {
  return attributes.flatMap((name) => values.map((value) => `${name} ${operator} ${JSON.stringify(value)}`));
}

function anyOf(terms: readonly string[]): string {
  return terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" or ")})`;
}

function fitting(terms: (most: number) => string[]): string {
  const expression = (most: number): string => anyOf(terms(most));
  return firstFitting(STARTS, expression, ({ length }) => length <= LONGEST) ?? expression(1);
}
