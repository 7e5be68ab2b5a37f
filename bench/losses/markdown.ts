import { versionOf, type Contender } from "../contenders.ts";
import type { Finding, Scenario } from "./scenarios.ts";

const cells = (texts: readonly string[]): string =>
  `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;

/** The page with the results of a run. */
export function toMarkdown(
  scenarios: readonly Scenario[],
  clients: readonly Contender[],
  table: readonly (readonly Finding[])[],
): string {
  const head = ["", ...clients.map((client) => `${client.name} ${versionOf(client)}`)];
  const rows = scenarios.map(({ title, asks }, i) => {
    const found = table[i]!.map(({ right, text }) => (right ? `✓ ${text}` : text));
    return cells([`${title}<br>*${asks}*`, ...found]);
  });
  const stubs = clients.flatMap(({ name, stubs: what }) =>
    what ? [`${name} was given ${what}.`] : [],
  );
  return `# What clients lose

Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node} on ${process.platform}, by \`node bench/losses.ts --markdown\`,
which writes this page. A ✓ marks right behaviour; nothing else does. The scenarios are ours: they are those in which clients differ,
and none says which client suits you.

${[cells(head), cells(head.map(() => "---")), ...rows].join("\n")}

## How

- Each cell is one run, or two, of one client in a process of its own against a scripted \`node:http\` server in another. No
  result is written down in the source: a phrase follows from the requests, headers and bytes that the server saw, from what the
  client delivered and reported, and from how its process ended.
- Each client is set up as its README says, without options (\`bench/contenders.ts\`); the handler is a callback. A
  consumer that never comes back is a handler whose promise never resolves, and an iterator that is not advanced: Steadfeed and
  eventsource-client have both. fetch-event-source reconnects after a clean end
  only if \`onclose\` throws, as its README shows; so it does here. ${stubs.join(" ")}
- Time counts from the first request. Numbers of requests and megabytes depend on the machine; whether they stop does not.
- Something else keeps each client's process alive, except where that is what is asked.
- Where a reconnect matters and its delay does not, the server sends \`retry: 50\`, so that no client is called lost that would only
  have waited longer.
- A client whose package is older than this page may be better by now: run it again.
`;
}
