// The delay of events at 1 000 per second: node bench/latency.ts [--smoke] [--rounds=7]
import { client, clientIterator, contenders, control, ours } from "./client/contenders.ts";
import { figures, interleave, only, serve, settings, tell } from "./measure.ts";

const { smoke, rounds: count } = settings();
const child = new URL("latency/child.ts", import.meta.url);
const names = [
  ours.callback,
  control,
  client,
  "eventsource",
  "undici EventSource",
  ours.iterator,
  clientIterator,
];

const source = await serve(new URL("latency/source.ts", import.meta.url));
const rounds = await interleave(names, count, (name) =>
  figures(child, [name, source.port, smoke ? "smoke" : "full"]),
);
source.stop();

if (smoke) {
  console.log(`Latency: all ${names.length} delivered what they should.`);
} else {
  const about = {
    beside: Object.fromEntries(names.map((name) => [name, ours[contenders[name]!.beside]])),
    control,
    packages: ["eventsource-client", "eventsource", "undici"],
  };
  tell("latency", only(rounds, ["p50", "p99"]), "ns from write to handler", {
    title: "Latency at 1 000 events a second",
    how: "From before the server's `write` to the first line of the handler, on one machine, 180 B events. Time, not CPU: what else the machine does is in it, above all in p99.",
    ...about,
  });
  tell("latency-cpu", only(rounds, ["cpu"]), "CPU ns per event", {
    title: "CPU at 1 000 events a second",
    how: "In the same runs. At this rate each event is a read of the socket of its own, and that is most of what it costs.",
    ...about,
  });
}
