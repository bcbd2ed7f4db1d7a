/** What differs between real orgs by their features. All are on in the sandbox; `POST /sandbox/import` turns them off. */
export interface Features {
  /** Realms: every user shows `realmId`. */
  realms: boolean;
  /** `credentials.emails` of users. Which feature brings it is not known; about half of the recorded orgs show it. */
  credentialEmails: boolean;
  /** `GET /users/{id}/blocks`; without it 401 E0000015 (behaviour: recorded). */
  blocks: boolean;
  /** Groups link to their owners (behaviour: recorded, in orgs with realms). */
  groupOwners: boolean;
}

export function allFeatures(): Features {
  return { realms: true, credentialEmails: true, blocks: true, groupOwners: true };
}

export function isFeature(name: string): name is keyof Features {
  return Object.hasOwn(allFeatures(), name);
}
