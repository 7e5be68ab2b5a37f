// The cost of more subscriptions, streams and feeds per event: node bench/fanout.ts [--smoke] [--rounds=7]
import { adders, contenders, control, ours, shapes } from "./fanout/contenders.ts";
import { figures, interleave, only, settings, tell, type Figures } from "./measure.ts";

const { smoke, rounds: count, all } = settings();
const child = new URL("fanout/child.ts", import.meta.url);
const names = Object.keys(contenders).filter((name) => all || name !== "Steadfeed, one client");
const added = ["+1000", "+10000"];

/** Every shape in a process of its own, except in a smoke run. */
async function run(name: string): Promise<Figures> {
  const asked = [...Object.keys(shapes), ...(adders[name] ? added : [])];
  if (smoke) return figures(child, [name, "smoke", ...asked]);
  const runs: Figures[] = [];
  for (const shape of asked) runs.push(await figures(child, [name, "full", shape]));
  const { [added[0]!]: few, [added[1]!]: many, ...rest } = Object.assign({}, ...runs) as Figures;
  return few && many ? { ...rest, "the first 1 000": few, "the first 10 000": many } : rest;
}

const rounds = await interleave(names, count, run);
if (smoke) {
  console.log(`Fan-out: all ${names.length} delivered what they should.`);
} else {
  const beside = Object.fromEntries(names.map((name) => [name, ours]));
  const about = { beside, control, packages: ["eventsource"] };
  tell("fanout", only(rounds, Object.keys(shapes)), "CPU ns per event", {
    title: "More subscriptions, more feeds",
    how: "What one event costs, from its bytes to the last callback, in one process and without sockets. It does not depend on subscriptions of other types, nor on feeds and streams that are quiet, and grows with the subscriptions that get it by what a call costs.",
    ...about,
  });
  const adding = only(rounds, ["the first 1 000", "the first 10 000"]);
  tell("fanout-adding", adding, "CPU ns per subscription added", {
    title: "Adding subscriptions",
    how: "To one open stream, of one type. What one costs does not depend on how many there are.",
    ...about,
  });
}
