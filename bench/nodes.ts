// Other versions of Node, as npm has them: the packages that test/apps/nodes names.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const manifest = new URL("../test/apps/nodes/package.json", import.meta.url);

/** The path of a Node of this major version; `undefined`, and a line that says so, where there is none for this machine. */
export async function nodeOf(major: number): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const { optionalDependencies } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  const wanted = optionalDependencies[`node-${major}`]?.replace("npm:", "");
  const here = `node-${process.platform}-${process.arch}@`;
  if (!wanted?.startsWith(here)) {
    console.error(`Left out: Node ${major}. There is none for ${process.platform} here.`);
    return undefined;
  }
  const line = ["exec", "--yes", "--prefer-offline", "--loglevel=error", `--package=${wanted}`];
  const { stdout } = await promisify(execFile)(
    "npm",
    [...line, "--call", "node -p process.execPath"],
    { cwd: fileURLToPath(new URL("/", import.meta.url)), shell: process.platform === "win32" },
  );
  return stdout.trim();
}
