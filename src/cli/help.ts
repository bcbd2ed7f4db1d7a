import { flagOf, SETTINGS } from "../config.ts";

/** Prints the version, or what the command can do. */
export function help(whole: boolean, version: string): void {
  if (!whole) return void process.stdout.write(`${version}\n`);
  const settings = SETTINGS.map((setting) => {
    const flag = setting.noFlag ? "" : `  --${flagOf(setting)}`;
    const fallback = setting.fallback === "" ? "" : ` (default: ${setting.fallback})`;
    return `  ${setting.name}${flag}\n      ${setting.meaning.replaceAll("`", "")}${fallback}`;
  });
  process.stdout.write(
    [
      `okta-users-mcp ${version}: every Okta user operation as an MCP tool.`,
      "",
      "Usage:",
      "  okta-users-mcp             serve MCP on stdin and stdout; a host starts this",
      "  okta-users-mcp doctor      check the settings against the org, with reads only; exit code says so",
      "  okta-users-mcp login       sign a person in (OKTA_CLIENT_ID without a key); logout ends it",
      "  okta-users-mcp journal [--verify] [--user U] [--tool T] [--since D]",
      "                             the change journal (OKTA_AUDIT_LOG) as a table, or checked",
      "  okta-users-mcp demo        watch an admin's session on a sandbox org",
      "  okta-users-mcp sandbox [--port N] [--users N] [--seed N] [--rate-limit N] [--window SECONDS]",
      "                             run the sandbox org alone",
      "  okta-users-mcp --help | --version",
      "",
      "Settings (environment; a flag wins):",
      ...settings,
      "",
    ].join("\n"),
  );
}
