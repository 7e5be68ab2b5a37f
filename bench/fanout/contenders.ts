import { Stream } from "./stream.ts";

export type Take = (data: string) => void;

/** Streams in this process, and the consumers of their events. */
export interface Opened {
  /** The streams that receive events. */
  readonly streams: readonly Stream[];
}

/** The number of subscriptions to the sent type, and to others, on a number of feeds, of which some receive events. */
export interface Shape {
  readonly same: number;
  readonly other: number;
  readonly feeds: number;
  readonly sending: number;
}

const one: Shape = { same: 1, other: 0, feeds: 1, sending: 1 };

export const shapes: Readonly<Record<string, Shape>> = {
  "1 subscription": one,
  "10 of the type": { ...one, same: 10 },
  "100 of the type": { ...one, same: 100 },
  "1 000 of the type": { ...one, same: 1000 },
  "10 000 of the type": { ...one, same: 10_000 },
  "1, and 10 000 of other types": { ...one, other: 10_000 },
  "1, and 1 000 quiet feeds": { ...one, feeds: 1001 },
  "1 on each of 100 feeds": { ...one, feeds: 100, sending: 100 },
};

const url = "http://stream/";

async function feeds({ same, other, feeds: count, sending }: Shape, take: Take): Promise<Opened> {
  const { Feed } = await import("@steadfeed/client");
  const streams = await Promise.all(
    Array.from({ length: count }, async () => {
      const stream = new Stream();
      const feed = new Feed(url, { fetch: stream.fetch, timeouts: { idleMs: false } });
      for (let i = 0; i < same; i++) feed.subscribe("message", ({ data }) => take(data));
      for (let i = 0; i < other; i++) feed.subscribe(`other-${i}`, ({ data }) => take(data));
      await feed.open();
      return stream;
    }),
  );
  return { streams: streams.slice(0, sending) };
}

async function named(shape: Shape, take: Take): Promise<Opened> {
  const { Client } = await import("@steadfeed/client");
  const streams = new Map<string, Stream>();
  const client = new Client(url, {
    timeouts: { idleMs: false },
    fetch: (to) => {
      const stream = new Stream();
      streams.set(new URL(to).searchParams.get("stream")!, stream);
      return stream.fetch();
    },
  });
  for (let n = 0; n < shape.feeds; n++) {
    const feed = client.feed(`${n}`);
    for (let i = 0; i < shape.same; i++) feed.subscribe("message", ({ data }) => take(data));
    for (let i = 0; i < shape.other; i++) feed.subscribe(`other-${i}`, ({ data }) => take(data));
    await feed.open();
  }
  return {
    streams: Array.from({ length: shape.sending }, (_, n) => streams.get(`${n}`)!),
  };
}

async function eventsource(
  { same, other, feeds: count, sending }: Shape,
  take: Take,
): Promise<Opened> {
  const { EventSource } = await import("eventsource");
  const streams = await Promise.all(
    Array.from({ length: count }, async () => {
      const stream = new Stream();
      const source = new EventSource(url, { fetch: stream.fetch });
      const handler = ({ data }: { readonly data: unknown }): void => take(data as string);
      for (let i = 0; i < same; i++) source.addEventListener("message", (event) => handler(event));
      for (let i = 0; i < other; i++)
        source.addEventListener(`other-${i}`, (event) => handler(event));
      await new Promise((open) => {
        source.addEventListener("open", open);
      });
      return stream;
    }),
  );
  return { streams: streams.slice(0, sending) };
}

export const ours = "Steadfeed";
export const control = "Steadfeed, again";

export const contenders: Readonly<Record<string, (shape: Shape, take: Take) => Promise<Opened>>> = {
  [ours]: feeds,
  [control]: feeds,
  "Steadfeed, one client": named,
  eventsource,
};

/** Adds one subscription of the type to an open stream. */
export type Add = () => void;

/** What one more subscription costs is measured on one stream. */
export const adders: Readonly<Record<string, () => Promise<Add>>> = {
  [ours]: feedAdder,
  [control]: feedAdder,
  async eventsource() {
    const { EventSource } = await import("eventsource");
    const source = new EventSource(url, { fetch: new Stream().fetch });
    return () => source.addEventListener("message", () => {});
  },
};

async function feedAdder(): Promise<Add> {
  const { Feed } = await import("@steadfeed/client");
  const feed = new Feed(url, { fetch: new Stream().fetch, timeouts: { idleMs: false } });
  return () => void feed.subscribe("message", () => {});
}
