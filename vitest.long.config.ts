import { defineConfig } from "vitest/config";
import { alias, secondTry } from "./vitest.config.ts";

/** A busy machine takes its time; only a failing test waits so long. */
const patient = { expect: { poll: { timeout: 20_000 } }, hookTimeout: 300_000, retry: secondTry };

/** What `npm run test:long` runs: long runs on the sources, and apps on what was built. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: alias("node") },
        test: {
          name: "long",
          ...patient,
          include: ["test/long/**/*.test.ts"],
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: "apps",
          ...patient,
          include: ["test/apps/*/*.test.ts"],
          testTimeout: 180_000,
        },
      },
    ],
    maxWorkers: 2,
  },
});
