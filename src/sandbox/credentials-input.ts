import { invalid, OktaError } from "./error.ts";
import { isObject, isOneOf, isString } from "./guard.ts";
import {
  type ImportedHash,
  meetsPolicy,
  POLICY_CAUSE,
  passwordValue,
  readImportedHash,
  type StoredPassword,
  store,
} from "./password.ts";
import { PROVIDERS, type ProviderType } from "./user.ts";

/** What `credentials` of a create or update body asks for. */
export interface CredentialsInput {
  readonly password:
    | { readonly kind: "value"; readonly value: string }
    | { readonly kind: "hash"; readonly hash: ImportedHash }
    | { readonly kind: "hook" }
    | undefined;
  readonly recovery: { readonly question: string; readonly answer: string } | undefined;
  readonly provider: { readonly type: ProviderType; readonly name: string } | undefined;
}

const KNOWN: ReadonlySet<string> = new Set(["password", "provider", "recovery_question", "emails"]);

/**
 * Reads `credentials`; absent and `{}` ask for nothing, and `password: {}` counts as no password (behaviour: recorded).
 *
 * @throws OktaError 400 E0000003 for unknown keys or shapes, 400 E0000001 for a hash or question that breaks a rule
 */
export function readCredentials(credentials: unknown): CredentialsInput {
  if (credentials === undefined || credentials === null) {
    return { password: undefined, recovery: undefined, provider: undefined };
  }
  if (!isObject(credentials) || Object.keys(credentials).some((key) => !KNOWN.has(key))) {
    throw new OktaError("E0000003");
  }
  return {
    password: readPassword(credentials.password),
    recovery: readRecovery(credentials.recovery_question),
    provider: readProvider(credentials.provider),
  };
}

/** @throws OktaError 400 E0000001 `password` with the policy cause when a plain password is too weak */
export function requirePolicy(input: CredentialsInput, login: string): void {
  if (input.password?.kind === "value" && !meetsPolicy(input.password.value, login)) {
    throw invalid("password", `password: ${POLICY_CAUSE}`);
  }
}

export function storedFrom(password: NonNullable<CredentialsInput["password"]>): StoredPassword {
  switch (password.kind) {
    case "value":
      return store(password.value);
    case "hash":
      return { kind: "imported", hash: password.hash };
    case "hook":
      return { kind: "hook" };
  }
}

/** Answers are compared without regard to case (OpenAPI 2026.06.3), so they are stored that way. */
export function storeAnswer(answer: string): StoredPassword {
  return store(answer.trim().toLowerCase());
}

function readPassword(password: unknown): CredentialsInput["password"] {
  if (password === undefined || password === null) return undefined;
  if (!isObject(password)) throw new OktaError("E0000003");
  const { value: text, hash: imported, hook, ...unknown } = password;
  const wellFormed =
    Object.keys(unknown).length === 0 &&
    (text === undefined || text === null || isString(text)) &&
    [imported, hook].every((part) => part === undefined || part === null || isObject(part));
  if (!wellFormed) throw new OktaError("E0000003");
  if (isObject(password.hash)) {
    const hash = readImportedHash(password.hash);
    // unverified: wording of a broken hash rule.
    if (isString(hash)) throw invalid("password", `password: ${hash}`);
    return { kind: "hash", hash };
  }
  if (isObject(password.hook)) {
    if (password.hook.type !== "default") throw invalid("password", "password: The hook type must be default.");
    return { kind: "hook" };
  }
  const value = passwordValue(password);
  return value === undefined ? undefined : { kind: "value", value };
}

/** Reads `recovery_question`: question 1-100 characters, answer 4-100 (OpenAPI 2026.06.3). */
export function readRecovery(recovery: unknown): CredentialsInput["recovery"] {
  if (recovery === undefined || recovery === null) return undefined;
  if (!isObject(recovery)) throw new OktaError("E0000003");
  const { question, answer } = recovery;
  if (question === undefined && answer === undefined) return undefined;
  // unverified: wording of these refusals.
  if (!isString(question) || question === "" || question.length > 100) {
    throw invalid("recovery_question", "recovery_question: The question must have 1 to 100 characters.");
  }
  if (!isString(answer) || answer.trim().length < 4 || answer.length > 100) {
    throw invalid("recovery_question", "recovery_question: The answer must have 4 to 100 characters.");
  }
  return { question, answer };
}

function readProvider(provider: unknown): CredentialsInput["provider"] {
  if (provider === undefined || provider === null) return undefined;
  if (!isObject(provider)) throw new OktaError("E0000003");
  const { type, name } = provider;
  if (!isOneOf(PROVIDERS, type)) throw new OktaError("E0000003");
  return { type, name: isString(name) ? name : type };
}
