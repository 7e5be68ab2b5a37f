import { InvalidArgumentError, type Command } from "commander";
import type { Act } from "../core/act.ts";
import { addConnection, addListening, parseTime, parseUrl } from "../core/arguments.ts";
import type { RecordOptions } from "../recording/record.ts";
import type { ReplayOptions } from "../recording/replay.ts";

/** `steadfeed record URL`. */
export function addRecord(program: Command, act: Act): void {
  const command = program
    .command("record")
    .summary("write a stream's bytes down, with their times")
    .description(
      "Records a stream: its bytes as they come, with their times, over every connection until it is stopped. Neither headers nor the query of the URL are written down. `steadfeed replay` serves the recording.",
    )
    .argument("<url>", "the stream", parseUrl)
    .option("-o, --output <file>", "where to; default: standard output")
    .option("--for <time>", "end after so long", parseTime(0))
    .option("--once", "one answer: do not reconnect")
    .option("--last-event-id <id>", "the id to start after")
    .option("-q, --quiet", "nothing on standard error");
  addConnection(command).action((url: string, options: RecordOptions) =>
    act(async () => (await import("../recording/record.ts")).record(url, options)),
  );
}

/** `steadfeed replay FILE`. */
export function addReplay(program: Command, act: Act): void {
  const command = program
    .command("replay")
    .summary("serve a recording, as fast as it was or faster")
    .description(
      "Serves a recording: each reader gets its bytes at their times, cuts and ends included, and goes on after its cursor when it comes back. A plain text, as `curl -N URL > FILE` writes it, is served event by event.",
    )
    .argument("<file>", "a recording or a plain stream; - for standard input")
    .option("--speed <number>", "so many times as fast; `max` for no pause at all", parseSpeed, 1)
    .option("--every <time>", "the time between the events of a plain stream", parseTime(0), 1000)
    .option("--cors", "pages of other origins may read it");
  addListening(command, 8080).action((file: string, options: ReplayOptions) =>
    act(async () => (await import("../recording/replay.ts")).replay(file, options)),
  );
}

function parseSpeed(text: string): number {
  const speed = text === "max" ? Infinity : Number(text);
  if (speed > 0) return speed;
  throw new InvalidArgumentError("Say a number over 0, or `max`.");
}
