// What more subscriptions, streams and feeds cost an event: node bench/fanout.ts [--smoke] [--rounds=7]
import { contenders, control, ours, shapes } from "./fanout/contenders.ts";
import { figures, interleave, settings, tell, type Figures } from "./measure.ts";

const { smoke, rounds: count } = settings();
const child = new URL("fanout/child.ts", import.meta.url);
const names = Object.keys(contenders);

/** Every shape in a process of its own, but for a trial. */
async function run(name: string): Promise<Figures> {
  if (smoke) return figures(child, [name, "smoke", ...Object.keys(shapes)]);
  const runs: Figures[] = [];
  for (const shape of Object.keys(shapes)) {
    runs.push(await figures(child, [name, "full", shape]));
  }
  return Object.assign({}, ...runs) as Figures;
}

const rounds = await interleave(names, count, run);
if (smoke) {
  console.log(`Fan-out: all ${names.length} delivered what they should.`);
} else {
  tell("fanout", rounds, "CPU ns per event", {
    title: "More subscriptions, more feeds",
    how: "What one event costs, from its bytes to the last callback, in one process and without sockets. It does not depend on subscriptions of other types, nor on feeds and streams that are quiet, and grows with the subscriptions that get it by what a call costs.",
    beside: Object.fromEntries(names.map((name) => [name, ours])),
    control,
    packages: ["eventsource"],
  });
}
