#!/usr/bin/env node
// `npm run demo`, `npm test`: fetch what is missing, then run. Needs any Node >= 18 with npm, nothing else.
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { die, passSignalsOn, run } from "./child.mjs";
import { closingLine } from "./count.mjs";
import { toolchain, unreachable } from "./toolchain.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const results = `${root}test-results.json`;

const [name, ...rest] = process.argv.slice(2);
const tasks = { demo, test };
const checks = [
  ["Linting", "lint"],
  ["Checking the laws", "laws"],
  ["Checking the types", "types"],
  ["Checking the packages", "pack"],
  ["Checking the sizes", "size"],
];
if (!Object.hasOwn(tasks, name ?? "")) {
  die(`Say what to run: node scripts/run.mjs ${Object.keys(tasks).join("|")}`, 2);
}
passSignalsOn();
process.chdir(root);
const { node, env, pnpm } = await toolchain(JSON.parse(readFileSync("package.json", "utf8")));
process.exitCode = await tasks[name]();

async function demo() {
  await prepare();
  console.log("Starting the demo …");
  // Node 22 still calls its type stripping an experiment, on every start.
  const flags = ["--disable-warning=ExperimentalWarning"];
  return (await run(node, [...flags, "demo/main.ts", ...rest], { env })).code;
}

async function test() {
  await prepare();
  const failed = [];
  for (const [saying, script] of checks) {
    const { code } = await step(saying, ["run", script]);
    if (code !== 0) failed.push(`${saying} failed; alone: npm run ${script}`);
  }

  console.log("Running the tests …");
  rmSync(results, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  const vitest = ["node_modules/vitest/vitest.mjs", "run", ...reporters, ...rest];
  const { code } = await run(node, vitest, { env });
  for (const line of failed) console.log(line);
  console.log(counts());
  return failed.length > 0 ? 1 : code;
}

async function prepare() {
  const frozen = ["install", "--frozen-lockfile", "--loglevel=error"];
  const installing = await step("Installing dependencies", frozen);
  if (installing.code !== 0) {
    die(unreachable(installing.output) ?? "Installing dependencies failed: pnpm says why above.");
  }
  const building = await step("Building", ["run", "build"]);
  if (building.code !== 0) die("Building failed; alone: npm run build");
}

/** One pnpm command. It speaks only when it fails, and then all it said is shown. */
async function step(saying, args) {
  console.log(`${saying} …`);
  const end = await pnpm(args);
  if (end.code !== 0) console.error(end.output.trimEnd());
  return end;
}

function counts() {
  try {
    return closingLine(JSON.parse(readFileSync(results, "utf8")));
  } catch {
    return die("The tests ended before they could be counted: vitest says why above.");
  }
}
