import type { SigningKey } from "./key.ts";
import type { SignInStore } from "./store.ts";

/** How this server signs in to an org. */
export type Credential =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "app"; readonly clientId: string; readonly key: SigningKey; readonly scopes: readonly string[] }
  | { readonly kind: "person"; readonly clientId: string; readonly store: SignInStore };
