// The measured losses of each client: node bench/losses.ts [--markdown]
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clients, versionOf, type Contender } from "./contenders.ts";
import { toMarkdown } from "./losses/markdown.ts";
import { scenarios, type Finding, type Scenario } from "./losses/scenarios.ts";

const show = ({ right, text }: Finding): string => `${right ? "✓" : "✗"} ${text}`;

async function failSafe(scenario: Scenario, client: Contender): Promise<Finding> {
  try {
    return await scenario.run(client);
  } catch (error) {
    return { right: false, text: `could not be measured: ${String(error)}` };
  }
}

async function findings(scenario: Scenario): Promise<Finding[]> {
  if (!scenario.alone) return Promise.all(clients.map((client) => failSafe(scenario, client)));
  const found: Finding[] = [];
  for (const client of clients) found.push(await failSafe(scenario, client));
  return found;
}

const width = Math.max(...clients.map(({ name }) => name.length));
const table: Finding[][] = [];
for (const scenario of scenarios) {
  console.log(`\n${scenario.title.replaceAll("`", "")}\n(${scenario.asks})`);
  const row = await findings(scenario);
  table.push(row);
  for (const [i, { name }] of clients.entries())
    console.log(`  ${name.padEnd(width)}  ${show(row[i]!)}`);
}
console.log(
  `\nNode ${process.version}; ${clients.map((each) => `${each.name} ${versionOf(each)}`).join(", ")}`,
);

if (process.argv.includes("--markdown")) {
  const page = new URL("../docs/losses.md", import.meta.url);
  // The table of losses-clients.ts is kept.
  const [, others] = readFileSync(page, "utf8").split("\n## Clients of others");
  const kept = others === undefined ? "" : `\n## Clients of others${others}`;
  writeFileSync(page, toMarkdown(scenarios, clients, table) + kept);
  const formatter = fileURLToPath(new URL("../node_modules/oxfmt/bin/oxfmt", import.meta.url));
  execFileSync(process.execPath, [formatter, fileURLToPath(page)]);
  console.log("Written: docs/losses.md");
}
