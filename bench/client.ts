// Our client beside its peers and its limits: node bench/client.ts [--smoke] [--rounds=7] [--all]
import { contenders, control, ours } from "./client/contenders.ts";
import { trial, workloads } from "./client/workloads.ts";
import { figures, interleave, serve, settings, tell, type Figures } from "./measure.ts";

const { smoke, rounds: count, all } = settings();
const child = new URL("client/child.ts", import.meta.url);
const names = Object.keys(contenders).filter((name) => all || !contenders[name]!.more);
const asked = Object.keys(workloads).filter((workload) => all || !workloads[workload]!.more);

/** Which workloads a contender is there for. */
function workloadsOf(name: string): readonly string[] {
  const { json, not = [] } = contenders[name]!;
  return asked.filter((workload) => {
    if (not.includes(workload)) return false;
    return json === undefined || workloads[workload]!.json === (json === "only");
  });
}

const source = await serve(new URL("client/source.ts", import.meta.url), [`${smoke ? trial : 1}`]);

/** Every workload in a process of its own, but for a trial. */
async function run(name: string): Promise<Figures> {
  if (smoke) return figures(child, [name, source.port, "smoke", ...workloadsOf(name)]);
  const runs: Figures[] = [];
  for (const workload of workloadsOf(name))
    runs.push(await figures(child, [name, source.port, "full", workload]));
  return Object.assign({}, ...runs) as Figures;
}

const rounds = await interleave(names, count, run);
source.stop();

if (smoke) {
  console.log(`Clients: all ${names.length} delivered what they should.`);
} else {
  tell("client", rounds, "CPU ns per event", {
    title: "The client in Node",
    how: "One stream that sends without end, one client in a process of its own. *Bulk* comes in pieces of 64 KB, as fast as the socket takes them; *one per piece* as a server that writes every event sends it. *JSON* is one per piece too (of 64 KB: bulk), and decoded: by `decode: 'json'`, by the peers' own decoder, or by `JSON.parse` in the handler. The limits receive the bytes and parse nothing.",
    beside: Object.fromEntries(names.map((name) => [name, ours[contenders[name]!.beside]])),
    control,
    packages: [
      "eventsource-client",
      "eventsource",
      "@microsoft/fetch-event-source",
      "undici",
      "eventsource-parser",
      "openai",
      "@ai-sdk/provider-utils",
      ...(all ? ["launchdarkly-eventsource"] : []),
    ],
  });
}
