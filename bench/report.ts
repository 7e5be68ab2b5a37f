// Writes docs/performance.md and its charts from bench/results: node bench/report.ts
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleTargets } from "./report/bundles.ts";
import { chart } from "./report/chart.ts";
import { page } from "./report/page.ts";
import { readRuns } from "./report/results.ts";
import { targets } from "./report/targets.ts";

const runs = readRuns(new URL("results/", import.meta.url));
const charts = new URL("../docs/performance/", import.meta.url);
const target = new URL("../docs/performance.md", import.meta.url);

rmSync(charts, { recursive: true, force: true });
mkdirSync(charts, { recursive: true });
for (const run of runs) writeFileSync(new URL(`${run.file}.svg`, charts), chart(run));
writeFileSync(target, page(runs, [...targets(runs), ...(await bundleTargets())]));
const formatter = fileURLToPath(new URL("../node_modules/oxfmt/bin/oxfmt", import.meta.url));
execFileSync(process.execPath, [formatter, fileURLToPath(target)]);
console.log(`Written: docs/performance.md, from ${runs.length} results`);
