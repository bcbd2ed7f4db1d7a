/** Answer headers as undici gives them: names in lower case, repeated ones as a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One header, the first of them where it is repeated. */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Okta's id of the request; what does not look like one is not taken for it. */
export function requestIdOf(headers: AnswerHeaders): string | undefined {
  const id = headerOf(headers, "x-okta-request-id");
  return id !== undefined && /^[\w-]{1,100}$/.test(id) ? id : undefined;
}
