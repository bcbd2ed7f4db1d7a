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
  /**
   * The reply with its secret where it may be: in the reply, or in the file with only its path in the reply. A `warning`
   * stands in the place of one that cannot be kept. Never throws for that: what Okta did stays done.
   */
  keep(reply: JsonObject, file: SecretFile | undefined): Promise<JsonObject>;
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
    keep: async (reply, file) => {
      const { secret, ...others } = reply;
      if (!isJsonObject(secret)) {
        await file?.discard();
        return reply;
      }
      if (mode === "reveal") return reply;
      // Okta sent one where its documentation says that it sends none.
      if (file === undefined) return { ...others, warning: UNFORESEEN };
      return (await file.write(secret)) ? { ...others, secret: { file: file.path } } : { ...others, warning: LOST };
    },
  };
}

function bringsSecret({ secret, secretWhen }: Operation, args: Readonly<Record<string, unknown>>): boolean {
  return secret !== undefined && (secretWhen === undefined || secretWhen(args));
}

const LOST =
  "It was done, but its one-time secret could not be kept in a file and is lost. reactivate_user, for who is PROVISIONED, or reset_password makes another, once whoever runs this server has mended the folder of OKTA_SECRETS=file.";

const UNFORESEEN =
  "It was done, and Okta's answer held a one-time secret that nobody asked for; OKTA_SECRETS keeps it out of this conversation.";
