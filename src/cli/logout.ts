import { revoke } from "../okta/auth/person.ts";
import type { SignInStore } from "../okta/auth/store.ts";
import type { Connection } from "../okta/connection.ts";
import { orSay } from "./okta-failure.ts";
import { say as print } from "./terminal.ts";

export interface LogoutOptions {
  readonly connection: Connection;
  readonly clientId: string;
  readonly store: SignInStore;
  readonly say?: (line?: string) => void;
}

/** Ends the stored sign-in, at Okta and here. Throws ConfigError when Okta could not be told; then it stays stored. */
export async function logout({ connection, clientId, store, say = print }: LogoutOptions): Promise<void> {
  const file = store.file(connection.orgUrl, clientId);
  const host = new URL(connection.orgUrl).host;
  const nobody = (): void => say(`Nobody is signed in to ${host} with the client ${clientId}; there is nothing to do.`);
  if ((await orSay(() => file.read())) === undefined) return nobody();
  await orSay(
    () =>
      file.locked(async () => {
        const kept = await file.read();
        if (kept === undefined) return nobody();
        await revoke(connection, clientId, kept.refreshToken);
        await file.remove();
        say(`You are signed out of ${host}: Okta has ended the sign-in, and ${file.path} is gone.`);
      }),
    `You are still signed in, and ${file.path} stays: try again, or delete it and let an admin end the session.`,
  );
}
