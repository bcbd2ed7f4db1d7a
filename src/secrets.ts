import type { Operation } from "./operation.ts";
import { Refusal } from "./refusal.ts";
import { isJsonObject, type JsonObject } from "./schema.ts";
import type { SecretFile, SecretFiles } from "./secret-files.ts";

/** What happens to one-time secrets: they are shown, put into a file, or not made at all. */
export type SecretsMode = "reveal" | "file" | "refuse";

/** OKTA_SECRETS at work. */
export interface Secrets {
  /** Throws a Refusal when the call would bring a secret that nobody may see. */
  allow(operation: Operation, args: Readonly<Record<string, unknown>>): void;
  /** A place for the secret that this call brings, where it goes to a file. Throws a Refusal when there is none. */
  place(operation: Operation, args: Readonly<Record<string, unknown>>): Promise<SecretFile | undefined>;
}

export function createSecrets(mode: SecretsMode, files: SecretFiles): Secrets {
  return {
    allow: (operation, args) => {
      if (mode !== "refuse" || !bringsSecret(operation, args)) return;
      const mailed = "sendEmail" in operation.query;
      throw new Refusal("secret_refused", "Nothing was done: the answer would be a one-time secret.", {
        hint: `OKTA_SECRETS=refuse keeps such secrets out of conversations. ${mailed ? "With sendEmail true Okta mails the person instead." : "reset_password with sendEmail true is the way without one."}`,
      });
    },
    place: async (operation, args) =>
      mode === "file" && bringsSecret(operation, args) ? await files.prepare() : undefined,
  };
}

function bringsSecret({ secret, secretWhen }: Operation, args: Readonly<Record<string, unknown>>): boolean {
  return secret !== undefined && (secretWhen === undefined || secretWhen(args));
}

/** The reply with its secret in the file, and only the file's path in it. */
export async function intoFile(reply: JsonObject, file: SecretFile | undefined): Promise<JsonObject> {
  if (file === undefined) return reply;
  if (!isJsonObject(reply.secret)) {
    await file.discard();
    return reply;
  }
  await file.write(reply.secret);
  return { ...reply, secret: { file: file.path } };
}
