import { InvalidArgumentError, type Command } from "commander";
import type { Act } from "../core/act.ts";
import { addConnection, addListening, parseTime, parseUrl } from "../core/arguments.ts";
import type { BreakOptions } from "../break/break.ts";

/** `steadfeed break URL`. */
export function addBreak(program: Command, act: Act): void {
  const command = program
    .command("break")
    .summary("a proxy in front of a server that breaks its connections")
    .description(
      "Runs a proxy in front of any server, whose connections break: each meets one of the faults that are asked for, in turn.",
    )
    .argument("<url>", "the server", parseUrl)
    .optionsGroup("The faults:")
    .option("--drop [after]", "close the connection, as a server that restarts does", parseTime(0))
    .option("--reset [after]", "reset it, as a network that fails does", parseTime(0))
    .option(
      "--truncate [where]",
      "end it `mid-event`, `mid-character`, or after so many bytes",
      parseCut,
    )
    .option("--stall [after]", "pass nothing on any more, and stay open", parseTime(0))
    .option("--split", "pass the bytes on one by one")
    .option("--after <time>", "how long a connection is whole first", parseTime(0), 5000)
    .option("--down <time>", "after each fault, refuse new connections for so long", parseTime(0))
    .optionsGroup("Options:");
  addConnection(addListening(command, 8081)).action((url: string, options: BreakOptions) =>
    act(async () => (await import("../break/break.ts")).breakUp(url, options)),
  );
}

function parseCut(text: string): number | "mid-event" | "mid-character" {
  if (text === "mid-event" || text === "mid-character") return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Say `mid-event`, `mid-character`, or a number of bytes.");
}
