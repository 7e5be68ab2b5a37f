// What is kept alive, and whether it grows: node bench/memory.ts [--smoke] [--rounds=7] [--steady=1]
import { argument, figures, interleave, print, save, serve, settings, tell } from "./measure.ts";
import { ours, theirs } from "./parser-contenders.ts";

const { smoke, rounds: count } = settings();
const kept = smoke ? 20 : 1000;
const child = new URL("memory/child.ts", import.meta.url);
const ways: Readonly<Record<string, readonly [parser: string, how: string]>> = {
  [ours]: [ours, "as it is"],
  [`${ours}, again`]: [ours, "as it is"],
  [`${ours}, copied`]: [ours, "copied"],
  [theirs]: [theirs, "as it is"],
  [`${theirs}, copied`]: [theirs, "copied"],
};
const names = Object.keys(ways);
const rounds = await interleave(names, count, (name) =>
  figures(child, [...ways[name]!, `${kept}`]),
);

/** Minutes of steady load; 0 for none. */
const minutes = Number(argument("steady") ?? (smoke ? 0.03 : 1));
const source = await serve(new URL("latency/source.ts", import.meta.url));
const steady = minutes
  ? await figures(new URL("memory/steady.ts", import.meta.url), [source.port, `${minutes}`])
  : {};
source.stop();

if (smoke) {
  console.log(`Memory: all ${names.length} kept what they should.`);
} else {
  tell("memory", rounds, "bytes of memory per event", {
    title: "An event that is kept",
    how: "One event of each chunk of 64 KB is kept. V8 makes the text of an event a part of its chunk's text from 13 characters on, so that keeping one such event keeps its chunk; *copied* it is by `structuredClone(data)`. Decoded data (`decode: 'json'`) keeps nothing but short strings of its own.",
    beside: {
      ...Object.fromEntries(names.map((name) => [name, ours])),
      [`${ours}, copied`]: `${ours}, copied`,
      [`${theirs}, copied`]: `${ours}, copied`,
    },
    control: `${ours}, again`,
    packages: ["eventsource-parser"],
  });
  if (minutes) {
    console.log(`\nMemory over ${minutes} minutes of 1 000 events a second`);
    print(Object.entries(steady).map(([what, figure]) => [what, figure.toFixed(0)]));
    const { events, ...bytes } = steady;
    const run = new Map([
      ["Steadfeed", Object.fromEntries(Object.entries(bytes).map(([what, b]) => [what, [b]]))],
    ]);
    save("memory-steady", run, "bytes of memory", {
      title: `Steady load for ${minutes} minutes`,
      how: `One feed, a callback and a \`for await\`, ${events!.toLocaleString("en").replaceAll(",", " ")} events. The heap is looked at after garbage collection: in the second quarter of the time, and in the last.`,
    });
  }
}
