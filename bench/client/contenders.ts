import {
  eventsource,
  eventsourceClient,
  fetchEventSource,
  launchdarkly,
  undici,
  type Contender,
} from "../contenders.ts";
import { dispatchBytes, fetchBytes, socketBytes } from "./limits.ts";

/** The destination of a stream. */
export interface Sink {
  /** Whether it wants decoded values. */
  readonly json: boolean;
  /** Receives one event's data, or its decoded value; `true` after the last one. */
  readonly take: (value: unknown) => boolean;
  /** For contenders that do not parse. */
  readonly takeBytes: (length: number) => boolean;
}

/** One way to receive a stream; it stops when the sink returns true. */
export type Play = (url: string, sink: Sink) => Promise<void>;

const data = (text: string, json: boolean): unknown => (json ? JSON.parse(text) : text);

const callback =
  (client: Pick<Contender, "open">): Play =>
  async (url, { take, json }) => {
    await new Promise<void>((done, fail) => {
      const event = (text: string): void => void (take(data(text, json)) && done());
      const told = (what: string): void => fail(new Error(what));
      client.open(url, { event, told }).catch(fail);
    });
  };

const feed = async (url: string, json: boolean, fetch?: typeof globalThis.fetch) => {
  const { Feed } = await import("@steadfeed/client");
  return json
    ? new Feed<Record<string, unknown>>(url, { fetch, decode: "json" })
    : new Feed<Record<string, unknown>>(url, { fetch, decode: "text" });
};

const steadfeed =
  (over: "undici" | "fetch"): Play =>
  async (url, { take, json }) => {
    const opened = await feed(url, json, over === "fetch" ? globalThis.fetch : undefined);
    await new Promise<void>((done, fail) => {
      opened.on("error", ({ error }) => fail(error));
      opened.subscribe("message", (event) => void (take(event.data) && done()));
    });
  };

const steadfeedIterator: Play = async (url, { take, json }) => {
  const events = (await feed(url, json)).subscribe("message");
  for await (const event of events) if (take(event.data)) break;
};

const eventsourceClientIterator: Play = async (url, { take, json }) => {
  const events = await eventsourceClient.iterate!(url);
  for await (const event of events) if (take(data(event.data, json))) break;
};

/** The code of a user without a client: two web streams, and a loop. */
const pipe: Play = async (url, { take, json }) => {
  const { EventSourceParserStream } = await import("eventsource-parser/stream");
  const { body } = await fetch(url);
  const events = body!
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const event of events) if (take(data(event.data, json))) break;
};

const openai: Play = async (url, { take }) => {
  const { Stream } = await import("openai/streaming");
  const abort = new AbortController();
  for await (const value of Stream.fromSSEResponse(await fetch(url), abort)) if (take(value)) break;
};

const aiSdk: Play = async (url, { take }) => {
  const { jsonSchema, parseJsonEventStream } = await import("@ai-sdk/provider-utils");
  const { body } = await fetch(url);
  const events = parseJsonEventStream({ stream: body!, schema: jsonSchema({}) });
  for await (const event of events) {
    if (!event.success) throw event.error;
    if (take(event.value)) break;
  }
};

const steadfeedBatches: Play = async (url, { take, json }) => {
  const events = (await feed(url, json)).subscribe("message");
  for await (const batch of events.batches()) for (const each of batch) if (take(each.data)) return;
};

interface Entry {
  readonly play: Play;
  /** Our contender to compare with. */
  readonly beside: keyof typeof ours;
  /** The npm package, for its version. */
  readonly package?: string;
  /** Counts all bytes of the socket. */
  readonly raw?: true;
}

export const ours = { callback: "Steadfeed, callback", iterator: "Steadfeed, for await" };
/** The same as the first, in the same rounds: the distance of its ratio from 1 is the noise of the others. */
export const control = "Steadfeed, callback, again";
export const batches = "Steadfeed, batches()";
export const client = "eventsource-client, callback";
export const clientIterator = "eventsource-client, for await";
export const dispatch = "limit: undici dispatch, bytes";
export const socket = "limit: socket, bytes";
export const pipeThrough = "fetch, pipeThrough, for await";

const byCallback = ({ package: name, ...contender }: Contender): Entry => ({
  play: callback(contender),
  beside: "callback",
  package: name,
});
const limit = (play: Play): Entry => ({ play, beside: "callback" });

/** In the order of the table. */
export const contenders: Readonly<Record<string, Entry>> = {
  [ours.callback]: { play: steadfeed("undici"), beside: "callback" },
  [control]: { play: steadfeed("undici"), beside: "callback" },
  "Steadfeed over fetch, callback": { play: steadfeed("fetch"), beside: "callback" },
  [client]: byCallback(eventsourceClient),
  eventsource: byCallback(eventsource),
  "fetch-event-source": byCallback(fetchEventSource),
  "undici EventSource": byCallback(undici),
  "launchdarkly-eventsource": byCallback(launchdarkly),
  [dispatch]: limit(dispatchBytes),
  "limit: fetch reader, bytes": limit(fetchBytes),
  [socket]: { ...limit(socketBytes), raw: true },
  [ours.iterator]: { play: steadfeedIterator, beside: "iterator" },
  [batches]: { play: steadfeedBatches, beside: "iterator" },
  [clientIterator]: { play: eventsourceClientIterator, beside: "iterator" },
  [pipeThrough]: { play: pipe, beside: "iterator", package: "eventsource-parser" },
  "openai's stream, for await": { play: openai, beside: "iterator", package: "openai" },
  "AI SDK's stream, for await": {
    play: aiSdk,
    beside: "iterator",
    package: "@ai-sdk/provider-utils",
  },
};
