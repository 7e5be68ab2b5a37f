// A value that has no text, where an option is expected: the message still names the option.
import { Client, Feed } from "@steadfeed/client";
import { SharedFeed } from "@steadfeed/client/shared";
import { FeedBinding } from "@steadfeed/client/store";
import { defineStream, defineStreams } from "@steadfeed/contract";
import { Broker, byPath, byQuery, memoryLog } from "@steadfeed/server";
import { runHandler } from "@steadfeed/server/node";
import { describe, expect, test } from "vitest";

const url = "http://127.0.0.1:9/";
const strange: [string, any][] = [
  ["an object without a prototype", Object.create(null)],
  ["a symbol", Symbol("strange")],
  ["a bigint", 10n],
];

const run = { start: () => undefined, authorize: false } as const;
const feed = new Feed(url);
const broker = new Broker();

const calls: [string, RegExp, (value: any) => unknown][] = [
  ["new Feed(url)", /^Not a URL|^The URL/, (value) => new Feed(value)],
  ["new Client(url)", /^Not a URL|^The URL/, (value) => new Client(value)],
  ["new SharedFeed(url)", /^Not a URL|^The URL/, (value) => new SharedFeed(value, { key: "k" })],
  ["node.http2", /^node\.http2 /, (value) => new Feed(url, { node: { http2: value } })],
  ["node.proxy", /^node\.proxy /, (value) => new Feed(url, { node: { proxy: value } })],
  [
    "node.socketPath",
    /^node\.socketPath /,
    (value) => new Feed(url, { node: { socketPath: value } }),
  ],
  ["on(kind)", /^on\(\) knows /, (value) => feed.on(value, () => undefined)],
  ["history", /^history /, (value) => new FeedBinding().show(url, { history: value })],
  ["latestBy", /^latestBy /, (value) => new FeedBinding().show(url, { latestBy: value })],
  ["onEvent", /^onEvent /, (value) => new FeedBinding().show(url, { onEvent: value })],
  ["lingerMs", /^lingerMs /, (value) => new FeedBinding().show(url, { lingerMs: value })],
  ["update", /^update /, (value) => new FeedBinding().show(url, { update: value })],
  ["memoryLog", /^maxEvents /, (value) => memoryLog({ maxEvents: value })],
  ["byPath", /^byPath takes a path/, (value) => byPath(value)],
  ["byQuery", /^byQuery takes the name/, (value) => byQuery(value)],
  ["a run's path", /^path /, (value) => runHandler(broker, { ...run, path: value })],
  ["exclusive", /^exclusive /, (value) => runHandler(broker, { ...run, exclusive: value })],
  ["a type", /^type /, (value) => broker.tryPublish("s", { type: value, data: 1 })],
  ["an id", /^id /, (value) => broker.publish("s", { data: 1 }, { id: value })],
  [
    "minVersion",
    /^minVersion /,
    (value) => broker.publish("s", { data: 1 }, { minVersion: value }),
  ],
  ["a stream", /^Stream|^stream|^A stream/, (value) => broker.publish(value, { data: 1 })],
  ["mode", /^mode /, (value) => new Broker().close({ mode: value })],
  ["defineStream", /^Give an object|must be/, (value) => defineStream(value)],
  ["defineStreams", /^Give an object|must be/, (value) => defineStreams(value)],
];

describe.each(strange)("%s", (_, value) => {
  test.each(calls)("as %s", async (_name, says, call) => {
    const failed = await (async () => call(value))().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(TypeError);
    expect((failed as Error).message).toMatch(says);
  });
});

test.each(["events/", "", "/events?x", 5, null])("byPath(%o) is refused at once", (base) => {
  expect(() => byPath(base as string)).toThrow(/^byPath takes a path such as "\/events\/"/);
});

test.each(["", 5, null])("byQuery(%o) is refused at once", (param) => {
  expect(() => byQuery(param as string)).toThrow(/^byQuery takes the name of a parameter/);
});

test.each([false, null, "", 0])(
  "onEvent and latestBy of %o, as `condition && f` gives, are named",
  (given) => {
    const show = (options: object) => () => new FeedBinding().show(url, options);
    expect(show({ onEvent: given })).toThrow(
      /^onEvent must be a function, not .*leave it out for none/,
    );
    expect(show({ latestBy: given })).toThrow(/^latestBy must be a function/);
  },
);
