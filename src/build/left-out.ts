/*
 * Stands in for what the SDK's server imports but this server never uses: Ajv, and zod's v3 API for raw v3 shapes.
 * Loading them would take a third of the time until the first answer. Whoever comes to need one finds out at once.
 */

export class AjvJsonSchemaValidator {
  getValidator(): never {
    throw new TypeError("Ajv is left out of the server's bundle");
  }
}

export function object(): never {
  throw new TypeError("zod v3 is left out of the SDK's part of the server's bundle");
}
