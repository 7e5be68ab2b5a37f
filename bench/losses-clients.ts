// The losses of other clients with plain fetch and with a steady one: node bench/losses-clients.ts
// Writes the second table of docs/losses.md. Needs the packages of test/apps: npm run test:long installs them.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Row {
  readonly name: string;
  readonly resumes: boolean;
  readonly plain: readonly string[];
  readonly steady: readonly string[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const file = join(mkdtempSync(join(tmpdir(), "losses-")), "rows");
/** The folder of each client, and its package. */
const clients = {
  openai: "openai",
  anthropic: "@anthropic-ai/sdk",
  "ai-sdk": "ai",
  "ag-ui": "@ag-ui/client",
  mcp: "@modelcontextprotocol/sdk",
  "graphql-sse": "graphql-sse",
  "tanstack-ai": "@tanstack/ai-client",
};
const versions = Object.entries(clients).map(([app, name]) => {
  const text = readFileSync(`${root}test/apps/${app}/node_modules/${name}/package.json`, "utf8");
  return `${name} ${(JSON.parse(text) as { version: string }).version}`;
});

const folders = Object.keys(clients).map((app) => `test/apps/${app}/`);
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config=vitest.long.config.ts"];
const { status } = spawnSync(
  process.execPath,
  [...vitest, "--project=apps", "--testNamePattern=measured losses", ...folders],
  { cwd: root, stdio: "inherit", env: { ...process.env, LOSSES: file } },
);
if (status !== 0) process.exit(status ?? 1);

const rows = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row)
  .toSorted((a, b) => Number(b.resumes) - Number(a.resumes) || (a.name < b.name ? -1 : 1));

/** A complete answer is right, and an error is right if nothing can complete it. */
const mark = (cell: string, { resumes }: Row): string =>
  cell === (resumes ? "whole" : "an error") ? `✓ ${cell}` : cell;
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const heading = "## Clients of others";
const section = `${heading}

Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node} on ${process.platform}, by \`node bench/losses-clients.ts\`, which
writes this part: ${versions.join(", ")}. Each reads one answer from a local server in its own wire format, cut once: by a reset, by a clean
end, by silence. With plain \`fetch\`, and with \`steadyFetch\` (\`@steadfeed/client/fetch\`) with the protocol's preset and \`idleMs\`. A ✓ marks
right behaviour: the whole answer, or, where the protocol keeps nothing to go on with, an error.

${line(["client", "fetch: reset", "clean end", "silence", "steadyFetch: reset", "clean end", "silence"])}
${line(Array.from({ length: 7 }, () => "---"))}
${rows.map((row) => line([row.name, ...[...row.plain, ...row.steady].map((cell) => mark(cell, row))])).join("\n")}

- Each cell but MCP's is three runs, cut early, in the middle and late; where they differ, all outcomes are listed. "Waits for ever" is 3 s without
  anything, an end or an error.
- MCP's reset is a server that is away for 6 s of a tool call; its clean end is the server's own, as SEP-1699 has it, from which the SDK
  resumes by itself; a call gives up after 15 s.
- Nothing limits the time of a request here, as by default. A client may have a limit of its own for the whole of it.
`;

const page = `${root}docs/losses.md`;
const before = readFileSync(page, "utf8").split(`\n${heading}`)[0]!.trimEnd();
writeFileSync(page, `${before}\n\n${section}`);
execFileSync(process.execPath, [`${root}node_modules/oxfmt/bin/oxfmt`, page]);
console.log("Written: docs/losses.md");
