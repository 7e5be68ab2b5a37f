import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SseServer, type Script } from "@steadfeed/client/testing/node";
import { exits, Failure } from "../core/exit.ts";
import { notListening } from "../core/listen.ts";
import { Output } from "../core/output.ts";
import { Stop } from "../core/stop.ts";
import { count } from "../core/units.ts";
import { Recording, type Step } from "./recording.ts";

export interface ReplayOptions {
  readonly port: number;
  readonly host: string;
  /** How many times faster; `Infinity`: without a pause. */
  readonly speed: number;
  readonly every: number;
  readonly cors?: boolean;
  readonly json?: boolean;
}

/** Serves a recording: each reader gets the bytes after its cursor, with their timing. */
export async function replay(file: string, options: ReplayOptions): Promise<number> {
  using stop = new Stop();
  const output = new Output({ json: options.json });
  const recording = Recording.read(file, read(file), options.every);
  if (!recording.steps.some((step) => "bytes" in step))
    throw new Failure(`${file} has no events.`, exits.usage);
  const { port, host } = options;
  const play = (script: Script): void => void answer(script, recording, options, output);
  const server = await SseServer.listen(play, { port, host }).catch((cause: Error) => {
    throw notListening(port, host, cause);
  });
  const what = `${file} (${count(recording.steps.length, "piece")}) at ${server.url}`;
  output.say("listening", { url: server.url, pieces: recording.steps.length }, what, "green");
  await stop.asked;
  await server.close();
  return exits.done;
}

async function answer(
  script: Script,
  recording: Recording,
  { speed, cors }: ReplayOptions,
  output: Output,
): Promise<void> {
  const { lastEventId } = script;
  const allowed = cors ? corsHeaders : {};
  if (script.method === "OPTIONS") return void script.answer({ status: 204, headers: allowed });
  output.say(
    "connect",
    { lastEventId },
    `a reader came${lastEventId ? ` after ${lastEventId}` : ""}`,
  );
  const { step: first, offset } = recording.after(lastEventId);
  const rest = recording.steps.slice(first).flatMap((step, index) => cut(step, index, offset));
  // It has everything, and need not reconnect.
  if (!rest.some((step) => "bytes" in step))
    return void script.answer({ status: 204, headers: allowed });
  script.answer({ headers: { "Content-Type": recording.contentType, ...allowed } });
  const start = performance.now();
  const from = offset > 0 || first > 0 ? rest[0]!.at : 0;
  for (const step of rest) {
    const waitMs = (step.at - from) / speed - (performance.now() - start);
    if (waitMs > 0) await sleep(waitMs);
    if (!script.live) return;
    if ("end" in step) return void (step.end === "cut" ? script.truncate() : script.end());
    await script.send(step.bytes).done;
  }
  script.end();
}

/** The rest of the first step after its offset. */
function cut(step: Step, index: number, offset: number): Step[] {
  if (index > 0 || offset === 0 || !("bytes" in step)) return [step];
  const bytes = step.bytes.subarray(offset);
  return bytes.length === 0 ? [] : [{ at: step.at, bytes }];
}

const corsHeaders = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "last-event-id, authorization, cache-control, pragma",
};

function read(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    throw new Failure(`${file} cannot be read: ${(cause as Error).message}.`, exits.usage, cause);
  }
}
