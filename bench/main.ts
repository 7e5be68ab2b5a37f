// Every benchmark, one after the other: node bench/main.ts [--smoke] [--rounds=7] [--all] [--for-docs]
// With --for-docs: the tables of docs/performance.md in at most 20 minutes on two cores, and then that page.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

interface Part {
  readonly file: string;
  readonly args?: readonly string[];
  /** What it may take for the page, in minutes. */
  readonly minutes?: number;
  /** Only for the page. */
  readonly page?: true;
}

const parts: readonly Part[] = [
  { file: "client.ts", args: ["--table=client"], minutes: 4.0 },
  { file: "client.ts", args: ["--table=client-secure"], minutes: 1.1 },
  { file: "client.ts", args: ["--table=client-nodes"], minutes: 3.0 },
  { file: "parser.ts", minutes: 1.5 },
  { file: "server.ts", minutes: 2.1 },
  { file: "chromium.ts", minutes: 2.0 },
  { file: "fanout.ts", minutes: 1.8 },
  { file: "latency.ts", minutes: 0.9 },
  { file: "idle.ts", minutes: 1.9 },
  { file: "cold.ts", minutes: 0.3 },
  { file: "memory.ts", args: ["--steady=0.3"], minutes: 0.3 },
  { file: "redis.ts", args: ["--latency"], page: true },
  { file: "renders.ts" },
];

const forDocs = process.argv.includes("--for-docs");
const smoke = process.argv.includes("--smoke");
const given = process.argv.slice(2).filter((each) => each !== "--for-docs");
const failed: string[] = [];
if (forDocs && !smoke)
  rmSync(new URL("results", import.meta.url), { recursive: true, force: true });

for (const { file, args = [], minutes, page } of parts) {
  if (!smoke && (forDocs ? minutes === undefined && !page : page)) continue;
  const start = performance.now();
  const limit = forDocs && !smoke && minutes !== undefined ? [`--minutes=${minutes}`] : [];
  const its = forDocs ? args : args.filter((each) => each.startsWith("--table"));
  if (!(await run(file, [...its, ...limit, ...given]))) failed.push([file, ...its].join(" "));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  if (!smoke) console.error(`${[file, ...its].join(" ")}: ${seconds} s`);
}
if (forDocs && !smoke && !(await run("report.ts", []))) failed.push("report.ts");
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}

/** What one of them leaves behind is nothing to the next. */
async function run(file: string, args: readonly string[]): Promise<boolean> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: "inherit" });
  return (await new Promise<number | null>((done) => child.on("close", done))) === 0;
}
