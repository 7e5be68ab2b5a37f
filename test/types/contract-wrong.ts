// What must not compile, with the lowest TypeScript that README names and with the newest. Nothing here runs.
import { Channel, Client, Feed, type FeedEvent, type FeedOptions } from "@steadfeed/client";
import { useFeed } from "@steadfeed/client/react";
import { SharedFeed } from "@steadfeed/client/shared";
import { defineStream, defineStreams, typed, type InputOf } from "@steadfeed/contract";
import { toOpenApi } from "@steadfeed/contract/documents";
import { Broker } from "@steadfeed/server";
import { api, news, prices } from "./contract-right.ts";

const url = "http://localhost/";
const dated = defineStream({ at: typed<Date>() });
const broker = new Broker({ streams: api });
const client = new Client(url, { streams: api });

export const server: readonly ((...given: never[]) => unknown)[] = [
  // @ts-expect-error -- 1. no such stream
  () => broker.publish("pricez", { type: "tick", data: { symbol: "A", eur: 1 } }),
  // @ts-expect-error -- 2. no such type
  () => broker.publish("prices", { type: "tock", data: { symbol: "A", eur: 1 } }),
  // @ts-expect-error -- 3. the type of another stream
  () => broker.publish("prices", { type: "alert", data: { level: 1 } }),
  // @ts-expect-error -- 4. a field is missing
  () => broker.publish("prices", { type: "tick", data: { symbol: "A" } }),
  // @ts-expect-error -- 5. a field of another type
  () => broker.publish("prices", { type: "tick", data: { symbol: "A", eur: "1" } }),
  // @ts-expect-error -- 6. a field too many
  () => broker.publish("prices", { type: "tick", data: { symbol: "A", eur: 1, usd: 2 } }),
  // @ts-expect-error -- 7. the data of another type
  () => broker.publish("prices", { type: "halted", data: { symbol: "A", eur: 1 } }),
  // @ts-expect-error -- 8. this stream has no messages
  () => broker.publish("prices", { data: { symbol: "A", eur: 1 } }),
  // @ts-expect-error -- 8. nor text
  () => broker.publish("prices", "text"),
  // @ts-expect-error -- 9. what the schema makes, not what it takes
  () => broker.publish("news", { type: "at", data: new Date() }),
  // @ts-expect-error -- 10. the handle of a stream knows its types
  () => broker.stream("prices").publish("tock", { symbol: "A", eur: 1 }),
  // @ts-expect-error -- 10. and their data
  () => broker.stream("prices").publish("tick", { symbol: "A" }),
  // @ts-expect-error -- 10. which cannot be left out
  () => broker.stream("prices").publish("tick"),
  // @ts-expect-error -- 11. no such stream, by whatever method
  () => [broker.stream("pricez")],
  // @ts-expect-error -- 11.
  () => broker.declare("pricez"),
  // @ts-expect-error -- 11.
  () => broker.subscribe("pricez"),
  // @ts-expect-error -- 11. a name that is any text
  (name: string) => broker.publish(name, { type: "tick", data: { symbol: "A", eur: 1 } }),
  // @ts-expect-error -- 11. a name that is like many, but is none of them
  (id: string) => broker.publish(`roam:${id}`, { type: "said", data: { text: "hello" } }),
  // @ts-expect-error -- 11. one of many, with the type of another stream
  (id: string) => broker.publish(`room:${id}`, { type: "tick", data: { symbol: "A", eur: 1 } }),
  // @ts-expect-error -- 12. to all: a type of no stream
  () => broker.broadcast({ type: "tock", data: 1 }),
  // @ts-expect-error -- 12. to one: wrong data
  () => broker.send("ann", { type: "tick", data: { symbol: 1 } }),
  // @ts-expect-error -- 12. without waiting: wrong data
  () => broker.tryPublish("prices", { type: "tick", data: 1 }),
  // @ts-expect-error -- 12. a run: wrong data
  async () => (await broker.run("7", { events: news })).publish({ type: "note", data: 1 }),
  // @ts-expect-error -- 13. one stream in place of the streams
  () => new Broker({ streams: prices }),
  // @ts-expect-error -- 13. it does not take just any event
  (): Broker => broker,
  // @ts-expect-error -- 14. what is no schema
  () => defineStream({ tick: "number" }),
  // @ts-expect-error -- 14. what is no stream
  () => defineStreams({ prices: 7 }),
  // @ts-expect-error -- 14. a document needs a title and a version
  () => toOpenApi(api, { info: { title: "Prices" } }),
  // @ts-expect-error -- 14. a value that the contract does not have
  (): InputOf<typeof prices>["tick"] => ({ symbol: "A", eur: "1" }),
];

export const reader: readonly ((...given: never[]) => unknown)[] = [
  // @ts-expect-error -- 15. no such stream
  () => client.subscribe("pricez", "tick", () => undefined),
  // @ts-expect-error -- 15.
  () => client.feed("pricez"),
  // @ts-expect-error -- 16. no such type
  () => client.subscribe("prices", "tock", () => undefined),
  // @ts-expect-error -- 16. the type of another stream
  () => client.feed("prices").subscribe("alert"),
  // @ts-expect-error -- 16. one of several
  () => client.subscribe("prices", ["tick", "tock"]),
  // @ts-expect-error -- 16. the type of another stream, in one of many
  (id: string) => client.subscribe(`room:${id}`, "tick", () => undefined),
  // @ts-expect-error -- 17. no such field, by a callback
  () => client.subscribe("prices", "tick", ({ data }) => data.usd),
  // @ts-expect-error -- 17. in a filter
  () => client.subscribe("prices", "tick", { filter: ({ data }) => data.usd > 1 }),
  // @ts-expect-error -- 17. before its type is known
  () => client.subscribe("prices", ({ data }) => data.eur),
  // @ts-expect-error -- 17. what the schema takes, not what it makes
  () => client.subscribe("news", "at", ({ data }) => data.toUpperCase()),
  // @ts-expect-error -- 17. a date is text after JSON
  () => new Feed(url, { events: dated }).subscribe("at", ({ data }) => data.getTime()),
  // @ts-expect-error -- 17. a channel for others
  () => client.subscribe("news", "note", new Channel<FeedEvent<number, "note">>()),
  // @ts-expect-error -- 18. a feed of one stream
  () => new Feed(url, { events: prices }).subscribe("tock"),
  // @ts-expect-error -- 18.
  () => new Feed(url, { events: prices }).once("tick").then(({ data }) => data.usd),
  // @ts-expect-error -- 18. shared by tabs
  () => new SharedFeed(url, { events: news }).subscribe("tick"),
  // @ts-expect-error -- 18. in React
  () => useFeed(url, { events: prices, types: "tock" }),
  // @ts-expect-error -- 18.
  () => useFeed(url, { events: prices, types: "tick" }).data?.usd,
  // @ts-expect-error -- 19. the streams in place of one
  () => new Feed(url, { events: api }),
  // @ts-expect-error -- 19. one stream in place of the streams
  () => new Client(url, { streams: prices }),
  // @ts-expect-error -- 20. JSON is no text, and nobody has looked at it
  () => new Feed(url, { decode: "json" }).subscribe("any", ({ data }) => data.length),
  // @ts-expect-error -- 20.
  () => new Client(url, { decode: "base64" }).subscribe("any", ({ data }) => data.toUpperCase()),
  // @ts-expect-error -- 20.
  () => useFeed(url, { decode: "json", types: "any" }).data.length,
  // @ts-expect-error -- 20.
  (): FeedOptions => ({ decode: "json" }),
  // @ts-expect-error -- 20. no such way to decode
  () => new Feed(url, { decode: "xml" }),
];
