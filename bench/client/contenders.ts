import {
  eventsource,
  eventsourceClient,
  fetchEventSource,
  launchdarkly,
  undici,
  type Contender,
} from "../contenders.ts";
import { dispatchBytes, fetchBytes, socketBytes } from "./limits.ts";
import { drip } from "./workloads.ts";

/** Where a stream ends up. */
export interface Sink {
  /** It wants decoded values. */
  readonly json: boolean;
  /** Takes one event's data, or what it decodes to; `true` once it was the last. */
  readonly take: (value: unknown) => boolean;
  /** For those that do not parse. */
  readonly takeBytes: (length: number) => boolean;
}

/** One way to receive a stream; it stops when the sink says so. */
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

/** What a user writes without a client: two web streams, and a loop. */
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

interface Entry {
  readonly play: Play;
  /** Which of ours it is set beside. */
  readonly beside: keyof typeof ours;
  /** It counts all bytes of the socket. */
  readonly raw?: true;
  readonly json?: "only" | "never";
  /** Workloads that it would take minutes for. */
  readonly not?: readonly string[];
  /** Only with `--all`. */
  readonly more?: true;
}

export const ours = { callback: "Steadfeed, callback", iterator: "Steadfeed, for await" };
/** The same as the first, in the same rounds: how far its ratio is from 1 is how far the others can be trusted. */
export const control = "Steadfeed, callback, again";

const byCallback = (play: Play): Entry => ({ play, beside: "callback" });
const byIterator = (play: Play): Entry => ({ play, beside: "iterator" });
const limit = (play: Play): Entry => ({ play, beside: "callback", json: "never" });

/** In the order of the table. */
export const contenders: Readonly<Record<string, Entry>> = {
  [ours.callback]: byCallback(steadfeed("undici")),
  [control]: byCallback(steadfeed("undici")),
  "Steadfeed over fetch, callback": { ...byCallback(steadfeed("fetch")), more: true },
  "eventsource-client, callback": byCallback(callback(eventsourceClient)),
  eventsource: byCallback(callback(eventsource)),
  "fetch-event-source": { ...byCallback(callback(fetchEventSource)), not: [drip] },
  "undici EventSource": byCallback(callback(undici)),
  "launchdarkly-eventsource": {
    ...byCallback(callback(launchdarkly)),
    json: "never",
    not: ["9 B, bulk", "64 KB, bulk"],
    more: true,
  },
  "limit: undici dispatch, bytes": limit(dispatchBytes),
  "limit: fetch reader, bytes": limit(fetchBytes),
  "limit: socket, bytes": { ...limit(socketBytes), raw: true, more: true },
  [ours.iterator]: byIterator(steadfeedIterator),
  "eventsource-client, for await": byIterator(eventsourceClientIterator),
  "fetch, pipeThrough, for await": byIterator(pipe),
  "openai's stream, for await": { ...byIterator(openai), json: "only" },
  "AI SDK's stream, for await": { ...byIterator(aiSdk), json: "only" },
};
