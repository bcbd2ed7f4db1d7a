import { isJsonObject, type JsonObject } from "../../src/schema.ts";
import { collapse, tokens } from "./fold.ts";
import { accountsOf, digitsOf, type Hint, withoutDomain, wordsOf } from "./hint.ts";

/** How well somebody fits a hint; a lower kind is better, then what is lasting, then a higher score. */
export interface Fit {
  readonly kind: "exact" | "names" | "all" | "some";
  /** It has their id or whole login, which nobody else can have. */
  readonly lasting: boolean;
  /** What the words beside the unmistakable are worth. */
  readonly score: number;
  /** Of those words some fit nothing and none fits a name: they may mean somebody else. */
  readonly doubtful: boolean;
  /** The words, mails and phone of the hint that fit. */
  readonly fits: ReadonlySet<string>;
  /** The attributes that fit, and how where it is not whole. */
  readonly matched: readonly string[];
}

/** From the best kind of fit to the least. */
export const KINDS: readonly Fit["kind"][] = ["exact", "names", "all", "some"];

const NAMES = ["firstName", "lastName", "middleName", "nickName", "displayName", "login", "email"];
const PLACES = [
  ...["department", "title", "city", "division", "organization", "costCenter"],
  ...["userType", "state", "countryCode", "manager"],
];
/** The attributes of the profile that a fit is judged by. */
export const JUDGED: readonly string[] = [
  ...NAMES,
  ...PLACES,
  ...["secondEmail", "employeeNumber", "mobilePhone", "primaryPhone"],
];

/** How much a word is worth that is found whole, as a start, or nearly. */
const WHOLE = 4;
const TWO_SPELLINGS = 3.9;
const START = 3;
const INITIAL = 2;
const SIMILAR = 2;
/** What a name is worth more in its own attribute than in what is made of it, and in a place. */
const DERIVED = 0.5;
const PLACE = 2;

interface Found {
  readonly attribute: string;
  readonly token: string;
  readonly grade: number;
  readonly how: "" | " (start)" | " (similar)";
}

/** How a person fits; undefined when no name and nothing unmistakable does. */
export function fitOf(user: JsonObject, hint: Hint): Fit | undefined {
  const profile = isJsonObject(user.profile) ? user.profile : {};
  const sure = unmistakable(user, profile, hint);
  const used = new Set<string>();
  const found = new Map<string, Found>();
  const known = tokensOf(profile);
  // Each word of a name stands for one word of the hint, the longest first.
  for (const word of [...hint.words].sort((one, other) => other.plain.length - one.plain.length)) {
    const best = bestOf(word.plain, known, used) ?? joined(word.plain, hint, known);
    if (best === undefined) continue;
    found.set(word.plain, best);
    used.add(best.token);
  }
  const named = [...found].filter(([, { attribute }]) => NAMES.includes(attribute));
  const isSure = sure.attributes.length > 0;
  if (!isSure && named.length === 0) return undefined;
  const matched = hint.words.flatMap(({ plain }) => {
    const one = found.get(plain);
    return one === undefined ? [] : [one.attribute + one.how];
  });
  const all = found.size === hint.words.length && hint.mails.length === 0 && hint.phone === undefined;
  const kind = isSure ? "exact" : all && named.length === found.size ? "names" : all ? "all" : "some";
  const fits = new Set([...sure.parts, ...found.keys()]);
  return {
    kind,
    lasting: sure.lasting,
    score: [...found].reduce((sum, [word, { grade }]) => sum + (sure.parts.has(word) ? 0 : grade), 0),
    doubtful:
      isSure && hint.words.some(({ plain }) => !fits.has(plain)) && named.every(([word]) => sure.parts.has(word)),
    fits,
    matched: [...new Set([...sure.attributes, ...matched])],
  };
}

interface Sure {
  readonly attributes: readonly string[];
  /** The words, mails and phone of the hint that say so. */
  readonly parts: ReadonlySet<string>;
  readonly lasting: boolean;
}

/** What was given whole and is somebody's own. */
function unmistakable(user: JsonObject, profile: JsonObject, hint: Hint): Sure {
  const { id, mails, phone } = hint;
  const has = (name: string, value: string): boolean => same(textOf(profile, name), value);
  const short = textOf(profile, "login").split("@")[0] ?? "";
  const accounts = accountsOf(hint);
  const fitting = [
    ...mails.map((mail) => ({
      parts: [mail],
      attributes: ["login", "email", "secondEmail"].filter((name) => has(name, mail)),
    })),
    ...accounts.map((account) => {
      const login = withoutDomain(account);
      return {
        parts: wordsOf([account]).map(({ plain }) => plain),
        attributes: [
          ...(has("login", login) || same(login, short) ? ["login"] : []),
          ...(has("employeeNumber", account) ? ["employeeNumber"] : []),
        ],
      };
    }),
    ...(phone === undefined ? [] : [phone]).map((number) => ({
      parts: [number],
      attributes: ["mobilePhone", "primaryPhone"].filter((name) => samePhone(textOf(profile, name), number)),
    })),
  ].filter(({ attributes }) => attributes.length > 0);
  const isId = id !== undefined && user.id === id;
  return {
    attributes: [...(isId ? ["id"] : []), ...fitting.flatMap(({ attributes }) => attributes)],
    parts: new Set(fitting.flatMap(({ parts }) => parts)),
    lasting: isId || [...mails, ...accounts.map(withoutDomain)].some((login) => has("login", login)),
  };
}

function same(one: string, other: string): boolean {
  return one !== "" && one.toLowerCase() === other.toLowerCase();
}

/** Whether two numbers are one, written with or without the country's code. */
function samePhone(one: string, other: string): boolean {
  const [left, right] = [one, other].map((phone) => digitsOf(phone).replace(/^0+/, ""));
  if (left === undefined || right === undefined || Math.min(left.length, right.length) < 7) return false;
  const bothWhole = one.trim().startsWith("+") && other.startsWith("+");
  return left === right || (!bothWhole && (left.endsWith(right) || right.endsWith(left)));
}

type Tokens = readonly (readonly [attribute: string, tokens: readonly string[]])[];

/** The digits that tell two logins of one name apart are no part of it. */
function tokensOf(profile: JsonObject): Tokens {
  return [...NAMES, ...PLACES].map((name) => {
    const text = textOf(profile, name);
    const local = name === "login" || name === "email" ? (text.split("@")[0] ?? "").replace(/\d+/g, " ") : text;
    return [name, tokens(local)];
  });
}

function bestOf(word: string, known: Tokens, used: ReadonlySet<string>): Found | undefined {
  let best: Found | undefined;
  for (const [attribute, all] of known) {
    for (const token of all) {
      const found = used.has(token) ? undefined : likeness(word, token, attribute);
      if (found !== undefined && found.grade > (best?.grade ?? 0)) best = found;
    }
  }
  return best;
}

/** A word that with one beside it makes a name, as in `o brien` and `mc allister`. */
function joined(word: string, { words }: Hint, known: Tokens): Found | undefined {
  const index = words.findIndex(({ plain }) => plain === word);
  const pairs = [words.slice(index - 1, index + 1), words.slice(index, index + 2)]
    .filter(({ length }) => length === 2)
    .map((pair) => pair.map(({ plain }) => plain).join(""));
  for (const pair of pairs) {
    const found = bestOf(pair, known, new Set());
    if (found !== undefined && found.how === "") return { ...found, token: pair, grade: START };
  }
  return undefined;
}

function likeness(word: string, token: string, attribute: string): Found | undefined {
  const grade = gradeOf(word, token);
  if (grade === undefined) return undefined;
  const how = grade >= TWO_SPELLINGS ? "" : isStart(word, token) ? " (start)" : " (similar)";
  const place = PLACES.includes(attribute);
  // A place says little of who somebody is: it must be named whole, or by a good part of its name.
  if (place && (how === " (similar)" || word.length < 2 || (how === " (start)" && word.length < 3))) return undefined;
  const own = attribute === "firstName" || attribute === "lastName";
  return { attribute, token, how, grade: grade - (place ? PLACE : own ? 0 : DERIVED) };
}

function gradeOf(word: string, token: string): number | undefined {
  if (word === token) return WHOLE;
  if (collapse(word) === collapse(token)) return TWO_SPELLINGS;
  if (isStart(word, token)) return word.length === 1 ? INITIAL : START;
  const slips = word.length < 4 || token.length < 4 ? 0 : Math.min(word.length, token.length) < 8 ? 1 : 2;
  return slips > 0 && slipsBetween(word, token, slips) ? SIMILAR : undefined;
}

function isStart(word: string, token: string): boolean {
  return token.startsWith(word) || collapse(token).startsWith(collapse(word));
}

/** Whether at most so many letters are wrong, missing, too many or in the place of their neighbour. */
export function slipsBetween(one: string, other: string, most: number): boolean {
  const [left, right] = [[...one], [...other]];
  if (Math.abs(left.length - right.length) > most) return false;
  let before: number[] = [];
  let row = right.map((_, index) => index).concat(right.length);
  for (const [i, letter] of left.entries()) {
    const next = [i + 1];
    for (const [j, counterpart] of right.entries()) {
      const changed = (row[j] ?? 0) + (letter === counterpart ? 0 : 1);
      const swapped = i > 0 && j > 0 && letter === right[j - 1] && left[i - 1] === counterpart ? 1 : undefined;
      next.push(
        Math.min(
          changed,
          (row[j + 1] ?? 0) + 1,
          (next[j] ?? 0) + 1,
          swapped === undefined ? Number.POSITIVE_INFINITY : (before[j - 1] ?? 0) + swapped,
        ),
      );
    }
    before = row;
    row = next;
  }
  return (row.at(-1) ?? 0) <= most;
}

function textOf(profile: JsonObject, name: string): string {
  const value = profile[name];
  return typeof value === "string" ? value : "";
}
