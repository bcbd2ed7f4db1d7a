import { defineConfig } from "vitest/config";
import LongestFirst from "./sequencer.ts";

/** `--mode long` runs the long variants: they read LONG from the environment. */
export default defineConfig(({ mode }) => ({
  cacheDir: "../node_modules/.vitest",
  test: {
    root: "test",
    include: ["**/*.test.ts"],
    env: mode === "long" ? { LONG: "1" } : {},
    testTimeout: mode === "long" ? 600_000 : 20_000,
    hookTimeout: 20_000,
    pool: "forks",
    // Starting a process for each file would take a third of the time of all tests.
    isolate: false,
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
  },
}));
