// What must compile, with the lowest TypeScript that README names and with the newest. Nothing here runs.
import { Channel, Client, Feed, type AnyEvent, type FeedEvent } from "@steadfeed/client";
import { useFeed } from "@steadfeed/client/react";
import { SharedFeed } from "@steadfeed/client/shared";
import {
  defineStream,
  defineStreams,
  typed,
  type InputOf,
  type OutputOf,
} from "@steadfeed/contract";
import { toAsyncApi, toOpenApi } from "@steadfeed/contract/documents";
import { Broker, type AnyBroker, type Published, type StreamsContract } from "@steadfeed/server";
import { nodeHandler, runHandler } from "@steadfeed/server/node";
import { webHandler } from "@steadfeed/server/web";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

export interface Note {
  readonly text: string;
}

interface Log {
  readonly lines: readonly { at: Date; text?: string | undefined }[];
  readonly first: Log | null;
}

export const prices = defineStream({
  tick: z.object({ symbol: z.string(), eur: z.number() }),
  halted: z.object({ why: z.string() }),
});
export const news = defineStream({
  message: v.object({ title: v.string() }),
  alert: type({ level: "number" }),
  note: typed<Note>(),
  at: z.iso.datetime().transform((text) => new Date(text)),
});
export const room = defineStream({ said: typed<Note>() });
export const api = defineStreams({ prices, news, "room:{id}": room });

const url = "http://localhost/";
const broker = new Broker({ streams: api });
const client = new Client(url, { streams: api });

/** The type is exactly the one that is expected. */
/* oxlint-disable typescript/no-unnecessary-type-parameters -- they are what is compared */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
const same = <A, B>(isSame: Same<A, B>): boolean => isSame;
/* oxlint-enable typescript/no-unnecessary-type-parameters */

export const server: readonly ((...given: never[]) => unknown)[] = [
  // 1. An event of its type, with the options of publish.
  () => broker.publish("prices", { type: "tick", data: { symbol: "A", eur: 1 } }, { ttlMs: 5 }),
  // 2. An event without a type is a message, where there is one.
  () => broker.publish("news", { data: { title: "Rain" }, retryMs: 1000 }),
  // 3. What a schema takes, not what it makes.
  () => broker.publish("news", { type: "at", data: "2026-01-01T00:00:00Z" }),
  // 4. The handle of a stream: its type, and its data.
  () => broker.stream("prices").publish("halted", { why: "noon" }, { id: "7" }),
  () => broker.declare("news").publish({ type: "note", data: { text: "" } }),
  // 5. Without waiting, to all, to a client.
  () => broker.tryPublish("news", { type: "alert", data: { level: 1 } }),
  () => broker.broadcast({ type: "halted", data: { why: "night" } }),
  (): Promise<Published> => broker.send("ann", { type: "note", data: { text: "hello" } }),
  // 6. A type that is computed, and a value of the contract's own type.
  (data: InputOf<typeof prices>["tick"]) => broker.publish("prices", { type: "tick", data }),
  // 7. State and contract at once, and hooks that know the state.
  () =>
    new Broker<{ name: string }, typeof api>({
      streams: api,
      check: false,
      onConnect: ({ state }) => void state.name.length,
    }),
  // 8. Doors, and functions of one's own, take a broker of any contract.
  () => [nodeHandler(broker), webHandler(broker), ((any: AnyBroker) => any)(broker)],
  () => (<S extends StreamsContract>(of: Broker<unknown, S>) => of.streams())(broker),
  // 9. Without a contract everything is as before: text, any type, any data, a list of names.
  () => new Broker().publish("any", "text"),
  () => new Broker({ streams: ["a"] }).publish("a", { type: "any", data: 7n.toString() }),
  () => new Broker({ streams: new Set(["a"]) }).stream("a").publish("text", { ttlMs: 1 }),
  (id: string) => broker.publish(`room:${id}`, { type: "said", data: { text: "hello" } }),
  () => broker.stream("room:7").publish("said", { text: "hello" }),
  // 10. A run, and documents.
  async () =>
    (await broker.run("7", { events: room })).publish({ type: "said", data: { text: "" } }),
  () =>
    runHandler(broker, {
      authorize: false,
      events: room,
      start: (_, run) => void run.end({ type: "said", data: { text: "" } }),
    }),
  async () => (await broker.run("7")).publish("text"),
  () => toOpenApi(api, { info: { title: "Prices", version: "1" } }),
  () => toAsyncApi(api, { info: { title: "Prices", version: "1" } }),
];

export const reader: readonly ((...given: never[]) => unknown)[] = [
  // 11. A type of a stream, by a callback, whose data is known.
  () =>
    client.subscribe("prices", "tick", ({ data }) =>
      same<typeof data, { symbol: string; eur: number }>(true),
    ),
  // 12. With a filter, to iterate over.
  async () => {
    const ticks = client.subscribe("prices", "tick", { filter: ({ data }) => data.eur > 1 });
    for await (const { data } of ticks) data.eur.toFixed(2);
  },
  // 13. Several types: the type of an event tells its data.
  () =>
    client.subscribe("news", ["alert", "at"], (event) => {
      if (event.type === "alert") same<typeof event.data, { level: number }>(true);
      else event.data.getTime();
    }),
  // 14. All types, by the name of the stream alone, or by '*'.
  () => client.subscribe("prices", (event) => event.type === "tick" && event.data.eur),
  () => client.subscribe("prices", "*", { capacity: 5 }),
  // 15. The feed of a stream.
  () => client.feed("prices").subscribe("halted", ({ data }) => data.why),
  (): Promise<FeedEvent<Note, "note">> => client.feed("news").once("note"),
  (id: string) => client.subscribe(`room:${id}`, "said", ({ data }) => data.text),
  () => client.feed("room:7").subscribe("said", ({ data }) => data.text),
  () =>
    new Feed(url, { events: defineStream({ log: typed<Log>() }) }).subscribe("log", ({ data }) =>
      same<typeof data.lines, readonly { at: string; text?: string | undefined }[]>(true),
    ),
  (): Feed<OutputOf<typeof prices>> => client.feed("prices"),
  (): Feed<OutputOf<typeof prices>> => new Feed(url, { events: prices }),
  // 16. Into a channel, alone or with others.
  () => client.subscribe("news", "note", new Channel<FeedEvent<Note, "note">>()),
  () => client.subscribe("news", new Channel<{ readonly data: unknown }>()),
  // 17. One feed of a stream, also shared by tabs, also in React.
  () => new Feed(url, { events: prices }).subscribe("tick", ({ data }) => data.eur),
  () =>
    new SharedFeed(url, { events: news, key: "ann" }).subscribe("at", ({ data }) => data.getTime()),
  () => useFeed(url, { events: prices, types: "tick" }).data?.eur,
  () => useFeed(client.feed("news"), { types: "alert" }).data?.level,
  (event: AnyEvent<OutputOf<typeof prices>>) => event.type === "tick" && event.data.symbol,
  // 18. JSON, or bytes, without an event map.
  () =>
    new Feed(url, { decode: "json" }).subscribe("any", ({ data }) =>
      same<typeof data, unknown>(true),
    ),
  () =>
    new Client(url, { decode: "json" }).subscribe("any", ({ data }) => typeof data === "object"),
  () => new SharedFeed(url, { decode: "base64" }).subscribe("any", ({ data }) => data.byteLength),
  () => useFeed(url, { decode: "json", types: "any", onEvent: ({ data }) => data === 1 }).data,
  () =>
    new Feed<{ tick: Note }>(url, { decode: "json" }).subscribe("tick", ({ data }) => data.text),
  // 19. Without a contract everything is as before.
  () => new Client(url).subscribe("prices", (event) => event.data.toUpperCase()),
  () => new Client(url).subscribe("prices"),
  () => new Client<{ tick: Note }>(url).feed("prices").subscribe("tick", ({ data }) => data.text),
  () => new Feed(url).subscribe("message", ({ data }) => same<typeof data, string>(true)),
  async () => {
    for await (const event of new Feed(url).subscribe("message")) event.data.toUpperCase();
  },
  () => new Feed(url, { events: { count: (text) => text.length } }).once("count"),
  // 20. The types of the classes are there to be named, and to be extended.
  (): [Feed, Client, SharedFeed] => [new Feed(url), new Client(url), new SharedFeed(url)],
  () => new (class extends Feed<{ tick: Note }> {})(url).subscribe("tick", ({ data }) => data.text),
  () => new (class extends Feed {})(url).subscribe("any", ({ data }) => data.toUpperCase()),
  () => new (class extends SharedFeed {})(url).subscribe("any", ({ data }) => data.toUpperCase()),
  () => new (class extends Client {})(url).subscribe("any", ({ data }) => data.toUpperCase()),
  () => new (class extends Client<{ tick: Note }, { a: { tick: Note } }> {})(url).feed("a"),
  (feed: unknown) => feed instanceof Feed && feed.close(),
];
