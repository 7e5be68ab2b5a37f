// Where the other runtimes are, and how to run a file in them.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../../", import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, root));

for (const name of ["parser", "client", "server"]) {
  if (existsSync(at(`packages/${name}/dist/index.js`))) continue;
  throw new Error(
    `packages/${name} is not built, and the runtimes run what is built: npm run build`,
  );
}

export interface Runtime {
  readonly name: string;
  /** Whether it can be run here. */
  readonly here: boolean;
  run(file: string, ...args: string[]): ChildProcess;
}

function runtime(name: string, path: string, flags: readonly string[], how: string): Runtime {
  const here = path !== "" && spawnSync(path, ["--version"]).status === 0;
  if (!here) console.warn(`Tests in ${name} are skipped: it is not here, and ${how}.`);
  return {
    name,
    here,
    run: (file, ...args) =>
      spawn(path, [...flags, at(`test/runtimes/${file}`), ...args], {
        cwd: at("."),
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
      }),
  };
}

/** Node 22 says of its type stripping that it is an experiment. */
const nodeFlags = ["--disable-warning=ExperimentalWarning"];
const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** A Node of another version, from the package of the platform: `node` itself has an install script. */
function otherNode(version: string): Runtime {
  const name = platform === "darwin-arm64" ? "bin-darwin-arm64" : platform;
  const args = ["exec", "--yes", "--prefer-offline", "--fetch-retries=0", "--loglevel=error"];
  const call = ["--call", "node -p process.execPath"];
  const { stdout } = spawnSync("npm", [...args, `--package=node-${name}@${version}`, ...call], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const path = stdout?.trim() ?? "";
  // Without such a package npm runs the Node that is there.
  const is = path && spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.trim();
  return runtime(
    `Node ${version}`,
    is === `v${version}` ? path : "",
    nodeFlags,
    "npm cannot fetch it",
  );
}

const older = ["22.19.0", "24.21.0"].filter(
  (version) => version.split(".")[0] !== process.versions.node.split(".")[0],
);

/** This Node, and the other majors that are kept up: the oldest that `engines` lets in, and the newest of the one between. */
export const nodes: readonly Runtime[] = [
  runtime(`Node ${process.versions.node}`, process.execPath, nodeFlags, ""),
  ...older.map(otherNode),
];

const exe = process.platform === "win32" ? ".exe" : "";
const denoFlags = ["run", "--allow-all", "--no-check", "--no-lock", "--no-remote", "--quiet"];

export const deno: Runtime = runtime(
  "Deno",
  at(`node_modules/deno/deno${exe}`),
  denoFlags,
  "pnpm install would fetch it",
);
// The file has this name on every platform. Without the option Bun would follow the `paths` of test/tsconfig.json to the sources.
export const bun: Runtime = runtime(
  "Bun",
  at("node_modules/bun/bin/bun.exe"),
  ["run", `--tsconfig-override=${at("test/runtimes/tsconfig.json")}`],
  "pnpm install would fetch it",
);

/** Whether there is a workerd for miniflare. */
export const workerd: boolean = hasWorkerd();

function hasWorkerd(): boolean {
  try {
    const { resolve } = createRequire(import.meta.url);
    const { default: path } = createRequire(resolve("miniflare"))("workerd") as { default: string };
    if (spawnSync(path, ["--version"]).status === 0) return true;
  } catch {
    // Not for this platform.
  }
  console.warn("Tests in workerd are skipped: miniflare finds no workerd for this platform.");
  return false;
}

/** One file with everything in it, as workers are deployed. */
export async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [at(`test/runtimes/${file}`)],
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker"],
    tsconfig: at("test/runtimes/tsconfig.json"),
    logLevel: "error",
  });
  return outputFiles[0]!.text;
}

/** What a process says on its first line, or a rejection with all it said instead. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = "";
    let complaint = "";
    child.stderr!.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    child.stdout!.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) resolve(out.slice(0, out.indexOf("\n")));
    });
    child.on("close", () => reject(new Error(`It ended without a word: ${complaint}`)));
  });
}
