// What a process costs that starts, imports a client, and opens a stream: node bench/cold.ts [--smoke] [--rounds=7]
import { fileURLToPath } from "node:url";
import { interleave, only, printed, serve, settings, tell, type Figures } from "./measure.ts";

const { smoke, rounds: count } = settings();

/** JavaScript: what to import, and what opens the stream at `url` and calls `done` at its first event. */
interface Program {
  readonly load: string;
  readonly open?: string;
}

const feed: Program = {
  load: 'import { Feed } from "@steadfeed/client";',
  open: 'new Feed(url).subscribe("message", done);',
};
const ours = "Steadfeed";
const control = "Steadfeed, again";
const programs: Readonly<Record<string, Program>> = {
  [ours]: feed,
  [control]: feed,
  "eventsource-client": {
    load: 'import { createEventSource } from "eventsource-client";',
    open: "createEventSource({ url, onMessage: done });",
  },
  eventsource: {
    load: 'import { EventSource } from "eventsource";',
    open: 'new EventSource(url).addEventListener("message", done);',
  },
  "undici EventSource": {
    load: 'import { EventSource } from "undici";',
    open: 'new EventSource(url).addEventListener("message", done);',
  },
  "limit: Node alone": { load: "" },
};

const source = await serve(new URL("idle/source.ts", import.meta.url));
const cwd = fileURLToPath(new URL(".", import.meta.url));
const say = `const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ cpu: (userCPUTime + systemCPUTime) * 1000, rss: maxRSS * 1024 }), () => process.exit());`;

/** The whole process, from its start; JavaScript, since to strip types would be timed too. */
const run = (code: string): Promise<Figures> =>
  printed(["--disable-warning=UNDICI-ES", "--input-type=module", "--eval", code + say], { cwd });

const rounds = await interleave(Object.keys(programs), count, async (name): Promise<Figures> => {
  const { load, open } = programs[name]!;
  const imported = await run(load);
  const figures = { "import, CPU": imported["cpu"]!, "import, RSS": imported["rss"]! };
  if (!open) return figures;
  const url = JSON.stringify(`http://127.0.0.1:${source.port}/`);
  const event = `const url = ${url}; const { data } = await new Promise((done) => { ${open} });
if (data !== "a") throw new Error(data + " came, a was sent");`;
  const first = await run(load + event);
  return { ...figures, "first event, CPU": first["cpu"]!, "first event, RSS": first["rss"]! };
});
source.stop();

if (smoke) {
  console.log(`Cold start: all ${Object.keys(programs).length} started.`);
} else {
  const about = {
    beside: Object.fromEntries(Object.keys(programs).map((name) => [name, ours])),
    control,
    packages: ["eventsource-client", "eventsource", "undici"],
  };
  tell("cold", only(rounds, ["import, CPU", "first event, CPU"]), "CPU ns per process", {
    title: "A cold start: CPU",
    how: "A process from its start: one that imports a client and ends, and one that opens a stream and ends at its first event. `@steadfeed/client` loads undici when it connects; the peers use the `fetch` that is built into Node.",
    ...about,
  });
  tell("cold-memory", only(rounds, ["import, RSS", "first event, RSS"]), "bytes of memory", {
    title: "A cold start: memory",
    how: "The most that the same processes held (RSS).",
    ...about,
  });
}
