import type { Intent } from "../../src/journal/entry.ts";

export const ADA = { id: "00u1ada5678901234567", login: "ada@example.com" };

/** A change like those of the product. */
export function intent(differs: Partial<Intent> = {}): Intent {
  return {
    tool: "suspend_user",
    arguments: { userId: ADA.id, confirm: true },
    target: ADA,
    org: "acme.okta.com",
    by: "00u1admin789012345678",
    consent: "argument",
    ...differs,
  };
}
