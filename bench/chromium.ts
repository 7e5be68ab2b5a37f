// Our client in Chromium next to its own EventSource: node bench/chromium.ts [--smoke] [--rounds=7]
import { start } from "./chromium/browser.ts";
import { bulk, bulkByClose, indexOf, perChunk, small9, trial } from "./client/workloads.ts";
import { interleave, only, serve, settings, tell, type Figures } from "./measure.ts";

const { smoke, rounds: count } = settings();
const size = smoke ? trial : 1;
const asked = [bulk, bulkByClose, perChunk, small9];
const ours = "Steadfeed";
const control = "Steadfeed, again";
const names = [ours, control, "EventSource of the browser", "eventsource-client", "eventsource"];

const browser = await start();
if (!browser) {
  console.warn("The browser is left out: install Chromium, or name one in CHROMIUM_PATH.");
} else {
  const source = await serve(new URL("client/source.ts", import.meta.url), [`${size}`]);
  const run = async (name: string): Promise<Figures> => {
    const runs: Figures[] = [];
    for (const workload of asked) {
      const url = `http://127.0.0.1:${source.port}/${indexOf(workload)}`;
      runs.push(await browser.measure(name, workload, url, size, smoke ? 1 : 500));
    }
    return Object.assign({}, ...runs) as Figures;
  };
  const rounds = await interleave(names, count, run);
  await browser.close();
  source.stop();
  if (smoke) {
    console.log(`Chromium: all ${names.length} delivered what they should.`);
  } else {
    const about = {
      beside: Object.fromEntries(names.map((name) => [name, ours])),
      control,
      packages: ["eventsource-client", "eventsource"],
    };
    tell("chromium", only(rounds, asked), "ns per event", {
      title: "In Chromium: time",
      how: `Chromium ${browser.version}, one page at a time, by callback; the same streams as in Node. Time, not CPU: part of the work is done in the browser's network process.`,
      ...about,
    });
    const cpu = asked.map((workload) => `${workload}, CPU`);
    tell("chromium-cpu", only(rounds, cpu), "CPU ns per event", {
      title: "In Chromium: CPU of the page",
      how: "In the same runs, the page's process with all its threads.",
      ...about,
    });
  }
}
