import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

test("a release can be built: versions, changelogs and packages, without publishing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "steadfeed-release-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }), 60_000);
  const pnpm = (...args: string[]) => run("pnpm", args, { cwd: folder, maxBuffer: 1 << 26 });
  await run("git", ["clone", "--quiet", "--no-hardlinks", root, folder]);
  await pnpm("install", "--frozen-lockfile", "--prefer-offline", "--loglevel=error");
  await pnpm("changeset", "version");
  await pnpm("build");
  const { stdout, stderr } = await pnpm("-r", "publish", "--dry-run", "--no-git-checks");
  for (const name of ["parser", "contract", "client", "server"]) {
    const { version } = JSON.parse(
      readFileSync(`${folder}/packages/${name}/package.json`, "utf8"),
    ) as { version: string };
    const log = readFileSync(`${folder}/packages/${name}/CHANGELOG.md`, "utf8");
    expect(log).toContain(`## ${version}`);
    expect(stdout + stderr).toContain(`@steadfeed/${name}@${version}`);
  }
}, 300_000);
