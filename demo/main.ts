// A story told word by word, by a server that dies every few seconds, to readers that never lose their place.
// `--once` runs it for a few seconds, checks that every word arrived once, and exits 0 or 1.
// `--calm`: it dies only when the page says so.
import { setTimeout as sleep } from "node:timers/promises";
import { styleText } from "node:util";
import { createPageServer } from "./page-server.ts";
import { TerminalReader } from "./reader.ts";
import { listen, StoryServer } from "./server.ts";

const once = process.argv.includes("--once");
const calm = process.argv.includes("--calm");
const say = (text: string): boolean => process.stdout.write(text);

const story = new StoryServer();
await story.listen(once ? 0 : 4200);

const pages = await createPageServer({ storyUrl: story.url, calm, kill: killed, cut });
const port = await listen(pages, once ? 0 : 4300);
const reader = new TerminalReader(`${story.url}?stream=story`, say);

say(
  `${styleText("bold", "Steadfeed")}: a server that dies${calm ? " when you ask it to" : ""}, and readers that keep their place.\n`,
);
say(
  `Open ${styleText("cyan", `http://localhost:${port}/`)} beside this${once ? "" : ", Ctrl-C ends both"}.\n\n`,
);

const reading = reader.read();
await reader.feed.open();
story.tell(once ? 40 : 140);
process.once("SIGINT", () => void end(0));
process.once("SIGTERM", () => void end(0));

if (once) await checkOnce();
else if (!calm) await interrupt(Infinity, 6000, 1500);

/** Kills the server a number of times, with a fixed time alive and dead. */
async function interrupt(times: number, aliveMs: number, deadMs: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await sleep(aliveMs);
    say(styleText("red", "\n  ⋮ the server dies\n"));
    await story.die(deadMs);
  }
}

/** On a click in the page: long enough to see the waits grow. */
function killed(): void {
  say(styleText("red", "\n  ⋮ the page kills the server\n"));
  void story.die(4000);
}

function cut(): void {
  say(styleText("red", "\n  ⋮ the page cuts every connection\n"));
  story.cut();
}

async function checkOnce(): Promise<void> {
  await interrupt(2, 1500, 500);
  await sleep(300);
  story.hush();
  const deadline = Date.now() + 10_000;
  while (reader.tally.received < story.published && Date.now() < deadline) await sleep(50);
  const { received, lost, repeated } = reader.tally;
  const { gaps } = reader.feed.stats;
  const good = received === story.published && lost + repeated + gaps === 0 && reader.resumed > 0;
  say(
    `\n\n${story.published} events published, the server died ${story.deaths} times: ${reader.line}\n`,
  );
  say(
    good
      ? styleText("green", "Nothing lost, nothing repeated.\n")
      : styleText("red", "The reader lost its place.\n"),
  );
  await end(good ? 0 : 1);
}

async function end(code: number): Promise<void> {
  reader.feed.close();
  await reading;
  pages.close();
  pages.closeAllConnections();
  await story.close();
  if (!once) say(`\n\n${reader.line}\n`);
  process.exit(code);
}
