import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import type { FeedOptions } from "@steadfeed/client";
import { expect, onTestFinished, test } from "vitest";
import { ownPort } from "../../support/port.ts";
import { startService } from "./service.ts";

/**
 * LaunchDarkly's contract tests, from a checkout of https://github.com/launchdarkly/sse-contract-tests:
 *
 *     CONTRACT_DIR=~/sse-contract-tests pnpm contract
 *
 * Needs the program that `go build` makes there, or Go to run it.
 */
const folder = process.env["CONTRACT_DIR"] ?? "";

const fetch: FeedOptions = { fetch: globalThis.fetch };
const ways: [string, FeedOptions, boolean][] = [
  ["undici, '*'", {}, false],
  ["undici, each type by its name", {}, true],
  ["fetch, '*'", fetch, false],
  ["fetch, each type by its name", fetch, true],
];

test.each(ways)(
  "LaunchDarkly's test harness passes: %s",
  async (_, options, byType) => {
    const service = await startService(options, byType);
    onTestFinished(() => service.close());
    const built = join(folder, "sse-contract-tests");
    const [program, ...run] = existsSync(built)
      ? ([built] as const)
      : (["go", "run", "."] as const);
    const args = [...run, "-url", service.url, "-port", String(await ownPort())];
    const harness = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void harness.kill());
    const ended = once(harness, "exit");
    const [output, errors] = await Promise.all([text(harness.stdout), text(harness.stderr)]);
    expect(await ended, output + errors).toEqual([0, null]);
    expect(output).toMatch(/All tests passed/);
    // A test that is skipped is one that we do not claim to pass.
    expect(output).not.toMatch(/skipped/i);
  },
  180_000,
);
