import type { Command } from "commander";
import type { Act } from "../core/act.ts";
import { addConnection, json, parseTime, parseUrl } from "../core/arguments.ts";
import type { DoctorOptions } from "../doctor/doctor.ts";

/** `steadfeed doctor URL`. */
export function addDoctor(program: Command, act: Act): void {
  const command = program
    .command("doctor")
    .summary("say why a stream does not stream, and what to do")
    .description(
      "Reads a stream as a browser does, and reports what its readers will suffer, each with its fix. It makes at most five requests, one after the other; with --post only one.",
    )
    .argument("<url>", "the stream", parseUrl)
    .option("--watch <time>", "how long to look at it (16s)", parseTime(1))
    .option("--long", "look for 130 s, to meet the limits of proxies")
    .option("--origin <origin>", "a page of this origin must be able to read it")
    .option("--credentials", "that page sends cookies")
    .option("--strict", "exit with 3 for a risk too")
    .addOption(json())
    .option("-q, --quiet", "nothing on standard error");
  addConnection(command).action((url: string, options: DoctorOptions) =>
    act(async () => (await import("../doctor/doctor.ts")).doctor(url, options)),
  );
}
