import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { families, jobs } from "../../tools/index.ts";
import { prompts } from "../../tools/prompts.ts";
import { list } from "../listing.ts";

/** Bundles the product into dist/: nothing to install, one chunk for each part that is loaded when needed. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");

const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outdir: dist,
  bundle: true,
  splitting: true,
  chunkNames: "[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20.18",
  minify: true,
  plugins: [leaveOut(), undiciInPart()],
  metafile: true,
  // Written below, once everything is there: a failed build leaves the last good one.
  write: false,
  legalComments: "none",
  logLevel: "warning",
  // Bundled CommonJS packages call require.
  banner: { js: 'import{createRequire as okumRequire}from"node:module";const require=okumRequire(import.meta.url);' },
});
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
for (const { path, contents } of outputFiles) writeFileSync(path, contents);
writeFileSync(join(dist, "tools.json"), JSON.stringify(list(families, jobs)));
writeFileSync(join(dist, "prompts.json"), JSON.stringify(prompts));
chmodSync(join(dist, "main.js"), 0o755);
writeFileSync(join(dist, "THIRD-PARTY-NOTICES.txt"), notices(Object.keys(metafile.inputs)));

/** Leaves out what only the SDK's server imports and never uses here; the demo's client keeps its Ajv. */
function leaveOut(): Plugin {
  const standIn = { path: join(root, "src/build/left-out.ts") };
  return {
    name: "leave-out",
    setup: (bundle) =>
      bundle.onResolve({ filter: /\/ajv-provider\.js$|^zod\/v3$/ }, ({ importer }) =>
        /[\\/]sdk[\\/].*[\\/]server[\\/](index|zod-compat)\.js$/.test(importer) ? standIn : undefined,
      ),
  };
}

/** Of undici only what the Okta client uses: its fetch, mocks and caches would be most of what is loaded at the start. */
function undiciInPart(): Plugin {
  const contents = `
    export { default as Pool } from "undici/lib/dispatcher/pool.js";
    export { default as EnvHttpProxyAgent } from "undici/lib/dispatcher/env-http-proxy-agent.js";
    export { default as buildConnector } from "undici/lib/core/connect.js";
    import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
    import connect from "undici/lib/api/api-connect.js";
    Dispatcher.prototype.connect = connect; // A proxy agent opens its tunnels by it.`;
  return {
    name: "undici-in-part",
    setup: (bundle) => {
      bundle.onResolve({ filter: /^undici$/ }, () => ({ path: "undici", namespace: "in-part" }));
      bundle.onLoad({ filter: /./, namespace: "in-part" }, () => ({ contents, resolveDir: root }));
    },
  };
}

/** The licences of the packages whose code is in the bundle, as those licences ask. */
function notices(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((input) => /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE", "README.md"]
        .map((candidate) => join(root, folder, candidate))
        .find(existsSync);
      if (file === undefined) throw new Error(`${dirname(folder)}: no licence file`);
      return `${name} ${version} (${license})\n\n${readFileSync(file, "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
