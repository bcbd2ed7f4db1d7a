import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { peakMb } from "./measure.ts";

const FOLDER = new URL("../../node_modules/.cache/okta-users-mcp-bench/", import.meta.url);

/** A process that does tasks for us, see worker.ts. */
export interface Worker {
  /** Gives the task's result. */
  ask(task: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** The most resident memory it ever had, in MB. */
  peakMb(): number;
  end(): Promise<void>;
}

/** The workers of ours, of the official SDK and of undici alone. */
export const WORKERS = ["ours", "sdk", "bare"] as const;
export type WorkerName = (typeof WORKERS)[number];

/** Bundles the workers' code, as the product is bundled, so that no loader of TypeScript counts as theirs. */
export async function buildWorkers(): Promise<void> {
  await build({
    entryPoints: WORKERS.map((name) => fileURLToPath(new URL(`worker-${name}.ts`, import.meta.url))),
    outdir: fileURLToPath(FOLDER),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.18",
    outExtension: { ".js": ".mjs" },
    // Loads its files by name.
    external: ["@okta/okta-sdk-nodejs"],
    banner: { js: 'import{createRequire as cr}from"node:module";const require=cr(import.meta.url);' },
    logLevel: "warning",
  });
}

export function startWorker(name: WorkerName): Worker {
  // The SDK would take its proxy and its org from the environment.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^OKTA_|_proxy$/i.test(key)));
  const child = fork(new URL(`worker-${name}.mjs`, FOLDER), {
    execArgv: [],
    env,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const gone = new AbortController();
  child.once("exit", (code) => gone.abort(new Error(`the worker ${name} ended with ${code}`)));
  return {
    ask: async (task) => {
      child.send(task);
      const [result] = await once(child, "message", { signal: gone.signal });
      return result;
    },
    peakMb: () => peakMb(child.pid ?? 0),
    end: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}
