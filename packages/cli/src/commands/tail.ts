import { Option, type Command } from "commander";
import {
  addConnection,
  json,
  parseCount,
  parseTime,
  parseEach,
  parseUrl,
} from "../core/arguments.ts";
import type { TailOptions } from "../tail/tail.ts";
import type { Act } from "../core/act.ts";

/** `steadfeed tail URL`. */
export function addTail(program: Command, act: Act): void {
  const command = program
    .command("tail")
    .summary("print a stream's events, and keep its place")
    .description(
      "Prints the events of a stream, as `curl -N` does. It reconnects, resumes where it was, and says on standard error why it waits.",
    )
    .argument("<url>", "the stream", parseUrl)
    .option(
      "-t, --type <names>",
      "only events of these types; repeatable, or with commas",
      parseEach,
    )
    .option("-n, --count <number>", "end after so many events", parseCount(1))
    .option("--until <event>", "end at the event with this data, or `type=NAME`, or `id=ID`")
    .option("--for <time>", "end after so long", parseTime(0))
    .option("--cursor <file>", "keep the newest id in a file, and go on where it says")
    .option("--last-event-id <id>", "the id to resume after, where no file has one")
    .option("--once", "one answer: do not reconnect")
    .option("--repeat", "with --post: send the request again to reconnect")
    .option("--retries <number>", "give up after so many attempts in a row", parseCount(0))
    .option("--idle <time>", "reconnect after so long without a byte", parseTime(1))
    .option("--strict", "exit with 3 if there was a gap")
    .optionsGroup("The output:")
    .addOption(
      new Option("-f, --format <name>", "how an event is written")
        .choices(["text", "data", "sse", "json"])
        .default("text"),
    )
    .addOption(json())
    .option("--comments", "comments too, such as heartbeats")
    .option("--rates [time]", "say now and then how fast events come (10s)", parseTime(1))
    .option("-q, --quiet", "nothing on standard error");
  addConnection(command).action(
    (url: string, options: Omit<TailOptions, "rates"> & { rates?: number | true }) =>
      act(async () => {
        const { tail } = await import("../tail/tail.ts");
        const { rates, ...others } = options;
        return tail(url, { ...others, ...(rates && { rates: rates === true ? 10_000 : rates }) });
      }),
  );
}
