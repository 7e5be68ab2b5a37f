import type { Command } from "commander";
import type { Act } from "../core/act.ts";
import { addListening, parseCount, parseTime } from "../core/arguments.ts";
import type { ServeOptions } from "../serve/serve.ts";

/** `steadfeed serve FILE`. */
export function addServe(program: Command, act: Act): void {
  const command = program
    .command("serve")
    .summary("a stream made of a file's lines, or of standard input")
    .description(
      "Serves a stream: each line of the file is an event. A reader that comes back gets what it missed. A line that is a JSON object with `data` may say `type`, `id` and `retryMs` too; any other line is the data.",
    )
    .argument("<file>", "the file, or - for standard input")
    .option(
      "--every <time>",
      "one event each time, from the first reader on; default: all at once",
      parseTime(0),
    )
    .option("--loop", "start over at the end of the file")
    .option("--live", "new readers get only what comes from now on; default: everything")
    .option("--end", "after the last event, end the stream: readers get 204")
    .option(
      "--keep <number>",
      "how many events to keep for readers that come back",
      parseCount(1),
      100_000,
    )
    .option("--heartbeat <time>", "how often a silent stream sends a comment", parseTime(1), 15_000)
    .option("--retry <time>", "tell readers to wait so long before they reconnect", parseTime(0))
    .option("--cors <origins>", "pages of these origins may read it: `*`, or a list with commas");
  addListening(command, 8080).action((file: string, options: ServeOptions) =>
    act(async () => (await import("../serve/serve.ts")).serve(file, options)),
  );
}
