import { eventsource, eventsourceClient, steadfeed, undici, type Contender } from "./contenders.ts";

/** Takes one event's data; `true` once it was the last. */
export type Take = (data: string) => boolean;
export type TakeBytes = (length: number) => boolean;

/** One way to receive a stream; it stops when `take` says so. */
export type Play = (url: string, take: Take, takeBytes: TakeBytes) => Promise<void>;

const callback =
  (client: Pick<Contender, "open">): Play =>
  async (url, take) => {
    await new Promise<void>((done, fail) => {
      const event = (data: string): void => void (take(data) && done());
      const told = (what: string): void => fail(new Error(what));
      client.open(url, { event, told }).catch(fail);
    });
  };

const iterator =
  (client: Contender): Play =>
  async (url, take) => {
    for await (const { data } of await client.iterate!(url)) if (take(data)) break;
  };

const overFetch: Pick<Contender, "open"> = {
  async open(url, { event }) {
    const { Feed } = await import("@steadfeed/client");
    const feed = new Feed(url, { fetch: globalThis.fetch });
    feed.subscribe("message", ({ data }) => event(data));
    return () => feed.close();
  },
};

/** What a user writes without a client: two web streams, and a loop. */
const pipe: Play = async (url, take) => {
  const { EventSourceParserStream } = await import("eventsource-parser/stream");
  const { body } = await fetch(url);
  const events = body!
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) if (take(data)) break;
};

const fetchBytes: Play = async (url, _, takeBytes) => {
  const reader = (await fetch(url)).body!.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (takeBytes(value!.length)) return;
  }
};

const dispatchBytes: Play = async (url, _, takeBytes) => {
  const { Agent } = await import("undici");
  const { origin, pathname: path } = new URL(url);
  await new Promise<void>((done, fail) => {
    new Agent().dispatch(
      { origin, path, method: "GET" },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_controller, { length }) => void (takeBytes(length) && done()),
        onResponseEnd: () => {},
        onResponseError: (_controller, error) => fail(error),
      },
    );
  });
};

export const ours = { callback: "Steadfeed, callback", iterator: "Steadfeed, for await" };

/** In the order of the table; `beside` is which of ours it is measured against. */
export const contenders: Readonly<
  Record<string, { readonly play: Play; readonly beside: keyof typeof ours }>
> = {
  [ours.callback]: { play: callback(steadfeed), beside: "callback" },
  "Steadfeed over fetch, callback": { play: callback(overFetch), beside: "callback" },
  "eventsource-client, callback": { play: callback(eventsourceClient), beside: "callback" },
  eventsource: { play: callback(eventsource), beside: "callback" },
  "undici EventSource": { play: callback(undici), beside: "callback" },
  "limit: undici dispatch, bytes": { play: dispatchBytes, beside: "callback" },
  "limit: fetch reader, bytes": { play: fetchBytes, beside: "callback" },
  [ours.iterator]: { play: iterator(steadfeed), beside: "iterator" },
  "eventsource-client, for await": { play: iterator(eventsourceClient), beside: "iterator" },
  "fetch, pipeThrough, for await": { play: pipe, beside: "iterator" },
};
