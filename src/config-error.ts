/** A configuration that cannot be used; the message is one line that says what is wrong and what would be right. */
export class ConfigError extends Error {
  override name = "ConfigError";
}
