/**
 * Stands in for the SDK's Ajv validator in the server's bundle: the server never validates with it, and loading Ajv
 * would take a quarter of the time until the first answer.
 */
export class AjvJsonSchemaValidator {
  getValidator(): never {
    throw new TypeError("the server has no JSON Schema validator");
  }
}
