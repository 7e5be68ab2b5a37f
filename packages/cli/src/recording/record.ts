import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { ReadableStream } from "node:stream/web";
import { Feed, type FetchInit, type FetchResponse } from "@steadfeed/client";
import { connectionOf, feedOptionsOf, type ConnectionArguments } from "../core/connection.ts";
import { dispatcherOf } from "../core/dispatcher.ts";
import { askWith } from "../core/request.ts";
import { exits, Failure } from "../core/exit.ts";
import { notWritten } from "../core/files.ts";
import { Output, printable } from "../core/output.ts";
import { Stop } from "../core/stop.ts";
import { count, duration, size } from "../core/units.ts";
import { bytesEntry, type Entry, type Head } from "./recording.ts";

export interface RecordOptions extends ConnectionArguments {
  readonly output?: string;
  readonly for?: number;
  readonly once?: boolean;
  readonly lastEventId?: string;
  readonly quiet?: boolean;
}

/** Records a stream's bytes with their times, until it ends. */
export async function record(url: string, options: RecordOptions): Promise<number> {
  using stop = new Stop();
  const output = new Output({ quiet: options.quiet });
  const file = options.output === undefined ? undefined : await opened(options.output);
  const recorder = new Recorder((text) => (file ? write(file, text) : output.write(text)));
  const connection = await connectionOf(options);
  const dispatcher = dispatcherOf(connection);
  const ask = askWith(dispatcher);
  const { node: _, ...others } = feedOptionsOf(connection);
  const feed = new Feed(url, {
    ...others,
    ...(options.lastEventId !== undefined && { lastEventId: options.lastEventId }),
    ...(options.once && { retry: false }),
    fetch: async (to, init) => recorder.tap(await ask(to, init), init),
  });
  feed.on("waiting", ({ error, delayMs }) => {
    recorder.failed(error.message);
    output.say("waiting", {}, `waiting ${duration(delayMs)}: ${error.message}`, "yellow");
  });
  feed.on("open", ({ status }) => output.say("open", {}, `recording (${status})`));
  const end = (): void => feed.close();
  stop.signal.addEventListener("abort", end, { once: true });
  output.onLeft = recorder.onFailed = end;
  const limit = options.for === undefined ? undefined : setTimeout(end, options.for);
  await recorder.begin(url);
  feed.subscribe("*", () => undefined);
  const { reason, error } = await feed.closed;
  clearTimeout(limit);
  await dispatcher.destroy();
  await recorder.end(reason === "closed");
  if (recorder.failure) throw notWritten(options.output!, recorder.failure);
  if (file) await finished(file.end());
  if (error instanceof Error) output.say("closed", {}, printable(error.message), "red");
  const { bytes, connections } = recorder;
  output.say("summary", {}, `${size(bytes)} of ${count(connections, "connection")}`);
  if (stop.signal.aborted) return stop.exitCode;
  return reason === "failed" || reason === "exhausted" ? exits.failed : exits.done;
}

/** Writes entries in the order of their times. */
class Recorder {
  bytes = 0;
  connections = 0;
  /** Why nothing more can be written. */
  failure: Error | undefined;
  /** Called when nothing more can be written. */
  onFailed: () => void = () => undefined;
  readonly #write: (text: string) => Promise<void>;
  readonly #start = performance.now();
  /** The attempt opened a connection, whose end is recorded. */
  #opened = false;
  #written: Promise<void> = Promise.resolve();

  constructor(put: (text: string) => Promise<void>) {
    this.#write = put;
  }

  begin(url: string): Promise<void> {
    const { origin, pathname } = new URL(url);
    // The query may hold a token.
    const head: Head = {
      recording: 1,
      url: origin + pathname,
      startedAt: new Date().toISOString(),
    };
    return this.#put(head);
  }

  /** The same response, whose bytes are recorded as they pass. */
  tap(response: FetchResponse, init: FetchInit): FetchResponse {
    const { status, headers } = response;
    const body = response.body as ReadableStream<Uint8Array> | null;
    if (status !== 200 || body === null) return response;
    this.connections++;
    this.#opened = true;
    void this.#put({
      at: this.#now(),
      open: status,
      contentType: headers.get("content-type") ?? "",
      lastEventId: init.headers["Last-Event-ID"] ?? init.headers["last-event-id"] ?? "",
    });
    return { ...response, body: ReadableStream.from(this.#pass(body, init.signal)) };
  }

  failed(message: string): void {
    if (!this.#opened) void this.#put({ at: this.#now(), failed: message });
    this.#opened = false;
  }

  /** Resolves when everything is written. */
  async end(stopped: boolean): Promise<void> {
    if (stopped) void this.#put({ at: this.#now(), end: "stopped" });
    await this.#written;
  }

  async *#pass(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let how: "complete" | "cut" | undefined = "cut";
    try {
      for await (const chunk of body) {
        this.bytes += chunk.byteLength;
        await this.#put(bytesEntry(this.#now(), chunk));
        how = undefined;
        yield chunk;
        how = "cut";
      }
      how = "complete";
    } finally {
      // The reader stopped early: the end is not the server's.
      if (how && !signal.aborted) await this.#put({ at: this.#now(), end: how });
    }
  }

  #now(): number {
    return Math.round((performance.now() - this.#start) * 10) / 10;
  }

  #put(line: Entry | Head): Promise<void> {
    return (this.#written = this.#written.then(async () => {
      if (this.failure) return;
      try {
        await this.#write(`${JSON.stringify(line)}\n`);
      } catch (error) {
        this.failure = error as Error;
        this.onFailed();
      }
    }));
  }
}

async function opened(path: string): Promise<WriteStream> {
  const file = createWriteStream(path);
  try {
    await once(file, "open");
    // Each write reports its own failure.
    file.on("error", () => undefined);
  } catch (cause) {
    const message = `${path} cannot be written: ${(cause as Error).message}.`;
    throw new Failure(message, exits.usage, cause);
  }
  return file;
}

function write(file: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
