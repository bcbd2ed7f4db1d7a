import type { SigningKey } from "./key.ts";
import type { SignInStore } from "./store.ts";

/** What this server signs in to an org with, where it does so by OAuth. */
export type Credential =
  | { readonly kind: "app"; readonly clientId: string; readonly key: SigningKey; readonly scopes: readonly string[] }
  | {
      readonly kind: "person";
      readonly clientId: string;
      readonly store: SignInStore;
      /** Told when the stored sign-in may have become somebody else's. */
      readonly onAnother?: () => void;
    };
