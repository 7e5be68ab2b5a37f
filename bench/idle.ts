// The cost of a quiet feed: node bench/idle.ts [--smoke] [--rounds=7]
import { contenders, control, ours } from "./idle/contenders.ts";
import { figures, interleave, only, serve, settings, tell } from "./measure.ts";

const { smoke, rounds: count, all } = settings();
const child = new URL("idle/child.ts", import.meta.url);
const names = Object.keys(contenders).filter((name) => all || name !== "undici EventSource");
const feeds = smoke ? 20 : 1000;

const source = await serve(new URL("idle/source.ts", import.meta.url));
const rounds = await interleave(names, count, (name) =>
  figures(child, [name, source.port, `${feeds}`]),
);
source.stop();

if (smoke) {
  console.log(`Idle feeds: all ${names.length} opened what they should.`);
} else {
  const beside = Object.fromEntries(names.map((name) => [name, ours]));
  const packages = ["eventsource-client", "eventsource", "undici"];
  const about = { beside, control, packages };
  tell(
    "idle",
    only(rounds, ["heap, 1 000 feeds", "RSS, 1 000 feeds", "RSS, 3 000 feeds"]),
    "bytes of memory per feed",
    {
      title: "A quiet feed: memory",
      how: "Many feeds in one process, each after its first event, after garbage collection. The heap is exact to a percent. RSS is not: most of it, at 1 000 feeds, is what opening them has left behind.",
      ...about,
    },
  );
  tell("idle-open", only(rounds, ["to open"]), "CPU ns per feed", {
    title: "A quiet feed: to open it",
    how: "From the URL to the first event, 50 at a time and 1 000 in all, to a server on the same machine.",
    ...about,
  });
}
