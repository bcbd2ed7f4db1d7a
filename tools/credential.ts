import { z } from "../src/schema.ts";

const hash = z
  .object({
    algorithm: z.enum(["BCRYPT", "PBKDF2", "SHA-512", "SHA-256", "SHA-1", "MD5"]),
    value: z.string(),
    salt: z.string().optional(),
    saltOrder: z.enum(["PREFIX", "POSTFIX"]).optional(),
    workFactor: z.number().int().min(0).max(20).optional(),
    digestAlgorithm: z.enum(["SHA256_HMAC", "SHA512_HMAC"]).optional(),
    iterationCount: z.number().int().min(4096).optional(),
    keySize: z.number().int().optional(),
  })
  .strict();

const password = z
  .object({
    value: z.string().optional(),
    hash: hash.describe("only while STAGED or on create").optional(),
    hook: z
      .object({ type: z.enum(["default"]) })
      .strict()
      .optional(),
  })
  .strict();

const provider = z
  .object({
    type: z.enum(["OKTA", "ACTIVE_DIRECTORY", "LDAP", "FEDERATION", "SOCIAL", "IMPORT"]),
    name: z.string().optional(),
  })
  .strict();

const recoveryQuestion = z.object({ question: z.string(), answer: z.string() }).strict();

/** Everything Okta takes as credentials when a user is created or updated. */
export const credentials = z
  .object({
    password: password.optional(),
    recovery_question: recoveryQuestion.optional(),
    provider: provider.optional(),
  })
  .strict();

/** A password in clear text, the only form the credential operations use. */
export const passwordValue = z.object({ value: z.string() }).strict();
export const questionAndAnswer = recoveryQuestion;
export const answer = z.object({ answer: z.string() }).strict();
