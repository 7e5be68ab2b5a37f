#!/usr/bin/env node
// `npm run demo`, `npm test` and its siblings: fetch what is missing, then run. Needs any Node >= 18 with npm, nothing else.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bareEnv } from "./bare.mjs";
import { besideReport } from "./beside-report.mjs";
import { die, passSignalsOn, run } from "./child.mjs";
import { closingLine, countsOf, linesOf } from "./count.mjs";
import { toolchain, unreachable } from "./toolchain.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const results = `${root}test-results`;

const [name, ...rest] = process.argv.slice(2);
const tasks = { demo, test, long, bare, tarballs };
const checks = [
  ["Linting", "lint"],
  ["Checking the laws", "laws"],
  ["Checking the types", "types"],
  ["Checking the packages", "pack"],
  ["Checking the sizes", "size"],
  ["Checking the browsers", "browsers"],
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
  // Node 22 still warns about its type stripping at every start.
  const flags = ["--disable-warning=ExperimentalWarning"];
  return (await run(node, [...flags, "demo/main.ts", ...rest], { env })).code;
}

async function test() {
  await prepare();
  const floor = process.env.COVERAGE ? ["--coverage"] : [];
  return vitest(env, [...floor, ...rest], check());
}

/** One check after the other, with what the tests leave of the cores. Returns a sentence for each that failed. */
async function check() {
  const failed = [];
  for (const [saying, script] of checks) {
    const { code } = await step(saying, ["run", script], { nice: true });
    if (code !== 0) failed.push(`${saying} failed; alone: npm run ${script}`);
  }
  return failed;
}

/** Tests that take long, or need packages of their own. */
async function long() {
  await prepare();
  const apps = ["--dir", "test/apps", "install", "--frozen-lockfile", "--loglevel=error"];
  const { code } = await step("Installing the apps", apps);
  const failed = code === 0 ? [] : ["Installing the apps failed."];
  return vitest(env, ["--config=vitest.long.config.ts", ...rest], Promise.resolve(failed));
}

/** The tests in Node again, as on a machine without browsers, Redis and nginx. */
async function bare() {
  await prepare();
  return vitest(bareEnv(env), ["--project=node", ...rest]);
}

/** The packages as npm would get them, for installing from a folder until they are published. */
async function tarballs() {
  await prepare();
  const packing = [
    "--recursive",
    "--filter",
    "./packages/*",
    "pack",
    "--pack-destination",
    `${root}tarballs`,
  ];
  const { code } = await step("Packing", packing);
  if (code === 0) console.log("Now: npm install PATH/TO/steadfeed/tarballs/*.tgz");
  return code;
}

/**
 * Runs tests and prints the number of passed ones, last of all. Other failures count too, also those of checks that run
 * at the same time: tests wait for sockets and browsers most of the time.
 */
async function vitest(within, args, others = Promise.resolve([])) {
  console.log("Running the tests …");
  const [report, counts] = [`${results}/${name}-report.json`, `${results}/${name}.json`];
  mkdirSync(results, { recursive: true });
  for (const file of [report, counts, besideReport]) rmSync(file, { force: true });
  const reporters = ["default", "json", "./scripts/beside-report.mjs"]
    .map((reporter) => `--reporter=${reporter}`)
    .concat(`--outputFile.json=${report}`);
  const line = ["node_modules/vitest/vitest.mjs", "run", ...reporters, ...args];
  const { code } = await run(node, line, { env: within });
  const failed = await others;
  const counted = read(report);
  if (code !== 0 && counted.failed === 0) failed.push("vitest failed: it says why above.");
  counted.failed += failed.length;
  counted.failures.push(...failed);
  writeFileSync(counts, JSON.stringify(counted));
  for (const sentence of linesOf([counted])) console.log(sentence);
  console.log(closingLine([counted]));
  return counted.failed > 0 ? 1 : 0;
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

/** One pnpm command. Its output is shown only when it fails. */
async function step(saying, args, options) {
  console.log(`${saying} …`);
  const end = await pnpm(args, options);
  if (end.code !== 0) console.error(end.output.trimEnd());
  return end;
}

function read(report) {
  try {
    const [tests, beside] = [report, besideReport].map((file) =>
      JSON.parse(readFileSync(file, "utf8")),
    );
    return countsOf(tests, beside);
  } catch {
    return die("The tests ended before they could be counted: vitest says why above.");
  }
}
