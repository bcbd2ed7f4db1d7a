import type { Json } from "./guard.ts";

/** How one profile attribute is declared in a user schema. Lengths in characters. */
export interface Attribute {
  readonly name: string;
  readonly title: string;
  readonly type: "string" | "number" | "integer" | "boolean" | "string[]" | "number[]";
  /** What the text stands for, such as `email`. */
  readonly format?: string;
  /** The only values allowed. */
  readonly enum?: readonly (string | number)[];
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** False where limits hold that a schema does not show (behaviour: recorded). */
  readonly limitsShown?: false;
  /** What an end user may do with his own value. */
  readonly self: "READ_ONLY" | "READ_WRITE" | "HIDE";
  readonly description?: string;
  /** More of the declaration that is only shown: `oneOf`, `externalName` and the like. */
  readonly shown?: Json;
}

const text = (name: string, title: string, more: Partial<Attribute> = {}): Attribute => ({
  name,
  title,
  type: "string",
  self: "READ_ONLY",
  ...more,
});

/** The 31 base attributes in the order of a recorded user schema, with the limits of OpenAPI 2026.06.3. */
export const BASE_ATTRIBUTES: readonly Attribute[] = [
  text("login", "Username", { required: true, min: 5, max: 100 }),
  text("firstName", "First name", { required: true, min: 1, max: 50, self: "READ_WRITE" }),
  text("lastName", "Last name", { required: true, min: 1, max: 50, self: "READ_WRITE" }),
  text("middleName", "Middle name"),
  text("honorificPrefix", "Honorific prefix"),
  text("honorificSuffix", "Honorific suffix"),
  text("email", "Primary email", {
    required: true,
    format: "email",
    min: 5,
    max: 100,
    self: "READ_WRITE",
    limitsShown: false,
  }),
  text("title", "Title"),
  text("displayName", "Display name"),
  text("nickName", "Nickname"),
  text("profileUrl", "Profile Url", { format: "uri" }),
  text("secondEmail", "Secondary email", { format: "email", max: 100, self: "READ_WRITE", limitsShown: false }),
  text("mobilePhone", "Mobile phone", { max: 100, self: "READ_WRITE" }),
  text("primaryPhone", "Primary phone", { max: 100, self: "HIDE" }),
  text("streetAddress", "Street address", { max: 1024, self: "HIDE", limitsShown: false }),
  text("city", "City", { max: 128, self: "HIDE", limitsShown: false }),
  text("state", "State", { max: 128, self: "HIDE", limitsShown: false }),
  text("zipCode", "Zip code", { max: 50, self: "HIDE", limitsShown: false }),
  text("countryCode", "Country code", { format: "country-code", max: 2, self: "HIDE", limitsShown: false }),
  text("postalAddress", "Postal Address", { max: 4096, self: "HIDE", limitsShown: false }),
  text("preferredLanguage", "Preferred language", { format: "language-code" }),
  text("locale", "Locale", { format: "locale" }),
  text("timezone", "Time zone", { format: "timezone" }),
  text("userType", "User type"),
  text("employeeNumber", "Employee number"),
  text("costCenter", "Cost center"),
  text("organization", "Organization"),
  text("division", "Division"),
  text("department", "Department"),
  text("managerId", "ManagerId"),
  text("manager", "Manager"),
];

/** Attributes the made-up company added for its employees. */
export const EMPLOYEE_ATTRIBUTES: readonly Attribute[] = [
  { name: "badgeNumber", title: "Badge number", type: "integer", self: "READ_ONLY" },
  { name: "costCenterOwner", title: "Cost center owner", type: "boolean", self: "READ_ONLY" },
  { name: "skills", title: "Skills", type: "string[]", self: "READ_WRITE" },
  text("startDate", "Start date", { description: "First working day, YYYY-MM-DD" }),
  { name: "remote", title: "Works remotely", type: "boolean", self: "READ_ONLY" },
];

/** Attributes of the second user type, people who work for an agency. */
export const CONTRACTOR_ATTRIBUTES: readonly Attribute[] = [
  text("agency", "Agency"),
  text("contractEnd", "Contract end", { description: "Last day of the contract, YYYY-MM-DD" }),
  { name: "skills", title: "Skills", type: "string[]", self: "READ_WRITE" },
];
