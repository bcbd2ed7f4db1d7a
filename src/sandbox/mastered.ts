import { OktaError } from "./error.ts";
import type { User } from "./user.ts";

/**
 * @throws OktaError 403 E0000023 when the password of the user lives in Active Directory or LDAP (Okta's error table).
 *   unverified: that it comes before a refusal for the status. Profiles of such users stay editable here, while Okta
 *   refuses the attributes that the directory masters.
 */
export function requireOwnPassword(user: User): void {
  const { type } = user.credentials.provider;
  if (type === "ACTIVE_DIRECTORY" || type === "LDAP") throw new OktaError("E0000023");
}
