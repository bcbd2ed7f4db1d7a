import { defineConfig } from "vitest/config";

export default defineConfig({
  cacheDir: "../node_modules/.vitest",
  test: {
    root: "test",
    include: ["**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: "forks",
    maxWorkers: 2,
    resolveSnapshotPath: (testPath: string, extension: string) => testPath.replace(/\.test\.ts$/, extension),
  },
});
