#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addBreak } from "./commands/break.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addRecord, addReplay } from "./commands/recording.ts";
import { addServe } from "./commands/serve.ts";
import { addTail } from "./commands/tail.ts";
import { exits, Failure } from "./core/exit.ts";

/** The code of a command is loaded when it is started, so that help and mistakes are printed at once. */
const program = new Command("steadfeed")
  .description("Server-sent events on the command line.")
  .version(version(), "-V, --version")
  .helpCommand(false)
  .showHelpAfterError("For help: steadfeed --help")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exits.done : exits.usage));

for (const add of [addDoctor, addTail, addServe, addRecord, addReplay, addBreak]) add(program, act);
for (const command of program.commands) {
  command.showHelpAfterError(`For help: steadfeed ${command.name()} --help`);
}
await program.parseAsync();

async function act(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    // The packages refuse invalid options by a TypeError.
    const isMistake = error instanceof TypeError;
    const isOurs = error instanceof Failure || isMistake;
    process.stderr.write(`steadfeed: ${isOurs ? error.message : String((error as Error).stack)}\n`);
    if (error instanceof Failure) process.exitCode = error.exitCode;
    else process.exitCode = isMistake ? exits.usage : exits.failed;
  }
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
