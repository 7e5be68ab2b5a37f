import { defineConfig } from "vitest/config";
import { alias } from "./vitest.config.ts";

/** What `npm run test:long` runs: long runs on the sources, and apps on what was built. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: alias("node") },
        test: { name: "long", include: ["test/long/**/*.test.ts"], testTimeout: 600_000 },
      },
      { test: { name: "apps", include: ["test/apps/*/*.test.ts"], testTimeout: 60_000 } },
    ],
    maxWorkers: 2,
  },
});
