/** Answer headers as undici gives them: names in lower case, repeated ones as a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One header, the first of them where it is repeated. */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
