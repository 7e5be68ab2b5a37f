import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker, memoryLog, ServerError } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { exits, Failure } from "../core/exit.ts";
import { requireFile } from "../core/files.ts";
import { close, listen } from "../core/listen.ts";
import { Output } from "../core/output.ts";
import { Stop } from "../core/stop.ts";
import { count } from "../core/units.ts";
import { eventOf, linesOf, type LineEvent } from "./lines.ts";

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly every?: number;
  readonly loop?: boolean;
  readonly live?: boolean;
  readonly end?: boolean;
  readonly keep: number;
  readonly heartbeat: number;
  readonly retry?: number;
  readonly cors?: string;
  readonly json?: boolean;
}

/** Everything is published on one stream, which every request reads. */
const stream = "events";

/** Serves the events of a file, or of standard input, until it is stopped. */
export async function serve(file: string, options: ServeOptions): Promise<number> {
  if (options.loop && file === "-") throw new Failure("--loop needs a file.", exits.usage);
  if (file !== "-") requireFile(file);
  using stop = new Stop();
  await new Serving(file, options).run(stop);
  return exits.done;
}

class Serving {
  readonly #file: string;
  readonly #options: ServeOptions;
  readonly #output: Output;
  readonly #broker: Broker;
  /** Resolves with the first reader. */
  readonly #wanted: Promise<void>;
  #want: () => void = () => undefined;
  #published = 0;
  #complete = false;

  constructor(file: string, options: ServeOptions) {
    const { keep, heartbeat, retry, json } = options;
    this.#file = file;
    this.#options = options;
    this.#wanted = new Promise((resolve) => (this.#want = resolve));
    this.#output = new Output({ json });
    this.#broker = new Broker({
      log: memoryLog({ maxEvents: keep, maxBytes: Number.MAX_SAFE_INTEGER }),
      heartbeatMs: heartbeat,
      retryMs: retry ?? false,
      onConnect: (session) => {
        const { id, lastEventId } = session;
        this.#want();
        // A response with everything, or with the beginning: then the reader returns for the rest.
        if (this.#complete) setImmediate(() => session.close());
        this.#output.say("connect", { session: id, lastEventId }, "a reader came");
      },
      onDisconnect: ({ id }, reason) =>
        this.#output.say("disconnect", { session: id, reason }, `a reader left (${reason})`),
      onError: (error) =>
        this.#output.say("error", { message: String(error) }, String(error), "red"),
    });
  }

  async run(stop: Stop): Promise<void> {
    const { port, host, cors, live } = this.#options;
    const handler = nodeHandler(this.#broker, {
      admit: (request) =>
        // A reader that has everything need not reconnect.
        this.#complete && request.header("last-event-id") === this.#broker.lastEventId
          ? { status: 204 }
          : {
              streams: stream,
              from: live || request.header("last-event-id") ? "last-id" : "earliest",
            },
      cors: cors === undefined ? false : { origins: cors === "*" ? "*" : cors.split(",") },
    });
    const server = createServer((request, response) => void handler(request, response));
    const url = await listen(server, port, host);
    this.#output.say("listening", { url: url.href }, `${this.#file} at ${url.href}`, "green");
    try {
      const publishing = this.#publish(stop.signal).catch((error: unknown) => {
        // An interrupted pause is not a failure.
        if (!stop.signal.aborted) throw error;
      });
      await Promise.race([publishing, stop.asked]);
      await stop.asked;
    } finally {
      await this.#broker.close({ graceMs: 200 });
      await close(server);
    }
  }

  /** Publishes everything. Events of a file wait for a reader, so that their timing has a meaning. */
  async #publish(signal: AbortSignal): Promise<void> {
    const { every, loop, end } = this.#options;
    if (this.#file !== "-" && every !== undefined) await this.#wanted;
    await this.#round(signal);
    if (loop && this.#published === 0) throw new Failure(`${this.#file} has no events.`);
    while (this.#options.loop && !signal.aborted) {
      // Without a pause between events, one between the rounds gives the readers time.
      if (every === undefined) await sleep(100, undefined, { signal });
      await this.#round(signal);
    }
    if (signal.aborted) return;
    const text = `${count(this.#published, "event")} published`;
    this.#output.say("published", { events: this.#published }, text);
    if (!end) return;
    this.#complete = true;
    for (const session of this.#broker.sessions()) session.close();
  }

  /** Publishes each line once. */
  async #round(signal: AbortSignal): Promise<void> {
    const { every } = this.#options;
    for await (const line of linesOf(this.#file)) {
      const event = eventOf(line);
      if (event) await this.#publishOne(event);
      if (event && every !== undefined) await sleep(every, undefined, { signal });
      if (signal.aborted) return;
    }
  }

  async #publishOne({ type, data, id, retryMs }: LineEvent): Promise<void> {
    // A second round would repeat the ids of the first.
    const options = id === undefined || this.#options.loop ? {} : { id };
    try {
      await this.#broker.publish(stream, { type, data: data as string, retryMs }, options);
      this.#published++;
    } catch (error) {
      if (!(error instanceof ServerError) && !(error instanceof TypeError)) throw error;
      this.#output.say(
        "skipped",
        { id, type, message: error.message },
        `skipped: ${error.message}`,
        "yellow",
      );
    }
  }
}
