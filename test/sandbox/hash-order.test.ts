import { expect, it } from "vitest";
import { hashOrder } from "../../src/sandbox/hash-order.ts";

// Orders of profile attributes in answers of Okta.
const RECORDED = [
  "firstName lastName mobilePhone secondEmail login email",
  "firstName lastName mobilePhone displayName nickName secondEmail login email",
  "customAttribute123 firstName lastName mobilePhone secondEmail login email",
  "firstName lastName mobilePhone array123 secondEmail login email",
  "profileUrl lastName zipCode preferredLanguage city displayName timezone locale title login employeeNumber division honorificSuffix countryCode state department email manager costCenter nickName secondEmail honorificPrefix managerId firstName primaryPhone postalAddress mobilePhone streetAddress organization middleName userType",
];
it.each(RECORDED)("%s", (order) => {
  const names = order.split(" ");
  const sorted = [...names].sort((a, b) => Number(a === "login") - Number(b === "login") || (a < b ? -1 : 1));
  expect(hashOrder(sorted)).toEqual(names);
});
