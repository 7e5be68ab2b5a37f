// A mistake with a contract, its documents or the test kit is a TypeError that names what is wrong and the fix.
import { Feed } from "@steadfeed/client";
import { agui, aiSdk, location } from "@steadfeed/client/fetch";
import { observe } from "@steadfeed/client/observable";
import { Ledger, Recorder, Wire } from "@steadfeed/client/testing";
import { FaultProxy, SseServer } from "@steadfeed/client/testing/node";
import { defineStream, defineStreams, typed } from "@steadfeed/contract";
import { toAsyncApi, toOpenApi } from "@steadfeed/contract/documents";
import { describe, expect, onTestFinished, test } from "vitest";

const tick = typed<number>();
const api = defineStreams({ prices: defineStream({ tick }) });
const info = { title: "Prices", version: "1.0.0" };
const feedOf = (): Feed => {
  const feed = new Feed("http://wire.test/");
  onTestFinished(() => feed.close());
  return feed;
};

type Rows = [string, (...given: any[]) => unknown, unknown[], RegExp][];

const contracts: Rows = [
  ["nothing", defineStream, [], /^Give an object of names, and a Standard Schema .* not undefined/],
  ["null", defineStream, [null], /^Give an object of names.*not null/],
  ["a number", defineStream, [5], /^Give an object of names/],
  ["a list", defineStream, [[tick]], /^Give an object of names/],
  ["a schema in place of a stream", defineStream, [tick], /^~standard must be a Standard Schema/],
  ["no types", defineStream, [{}], /^Give an object of names/],
  [
    "a type of ours",
    defineStream,
    [{ "steadfeed.end": tick }],
    /^"steadfeed.end" cannot be a name/,
  ],
  ["a type of ours", defineStream, [{ "steadfeed.gap": tick }], /cannot be a name/],
  ["every type", defineStream, [{ "*": tick }], /^"\*" cannot be a name/],
  ["an empty type", defineStream, [{ "": tick }], /cannot be a name/],
  ["a type with a line", defineStream, [{ "a\nb": tick }], /cannot be a name/],
  [
    "an empty standard",
    defineStream,
    [{ a: { "~standard": null } }],
    /^a must be a Standard Schema/,
  ],
  [
    "a standard without validate",
    defineStream,
    [{ a: { "~standard": {} } }],
    /^a must be a Standard Schema/,
  ],
  [
    "nothing",
    defineStreams,
    [],
    /^Give an object of names, and a stream of defineStream\(\) .*not undefined/,
  ],
  ["a list", defineStreams, [[{ tick }]], /^Give an object of names/],
  ["no streams", defineStreams, [{}], /^Give an object of names/],
  ["a stream without types", defineStreams, [{ a: {} }], /^a must be a stream of defineStream\(\)/],
  [
    "a stream that is a list",
    defineStreams,
    [{ a: [] }],
    /^a must be a stream of defineStream\(\)/,
  ],
  [
    "a stream that is a schema",
    defineStreams,
    [{ a: tick }],
    /^a must be a stream of defineStream\(\)/,
  ],
  [
    "a stream that is no stream",
    defineStreams,
    [{ a: { b: 5 } }],
    /^a must be a stream of defineStream\(\)/,
  ],
  ["an empty name", defineStreams, [{ "": { tick } }], /cannot be a name/],
];

const documents: Rows = [
  ["nothing", toOpenApi, [], /^toOpenApi needs a contract of defineStreams\(\)/],
  ["a number", toOpenApi, [5, { info }], /^toOpenApi needs a contract/],
  ["no options", toOpenApi, [api], /^toOpenApi needs \{ info: \{ title, version \} \}/],
  ["no info", toOpenApi, [api, {}], /^toOpenApi needs \{ info: \{ title, version \} \}/],
  [
    "an empty info",
    toOpenApi,
    [api, { info: {} }],
    /^toOpenApi needs \{ info: \{ title, version \} \}/,
  ],
  ["a title of another kind", toOpenApi, [api, { info: { title: 5, version: "1" } }], /info/],
  [
    "an unknown name",
    toOpenApi,
    [api, { info, pathh: "/a" }],
    /^toOpenApi has no option pathh: it has info, path,/,
  ],
  ["AsyncAPI's", toOpenApi, [api, { info, address: String }], /^toOpenApi has no option address/],
  [
    "a path of another kind",
    toOpenApi,
    [api, { info, path: 5 }],
    /^path must be a path or a function/,
  ],
  [
    "a function of another kind",
    toOpenApi,
    [api, { info, toJsonSchema: {} }],
    /^toJsonSchema must be a function/,
  ],
  ["nothing", toAsyncApi, [], /^toAsyncApi needs a contract of defineStreams\(\)/],
  ["no options", toAsyncApi, [api], /^toAsyncApi needs \{ info: \{ title, version \} \}/],
  ["an unknown name", toAsyncApi, [api, { info, path: "/a" }], /^toAsyncApi has no option path/],
  [
    "an address of another kind",
    toAsyncApi,
    [api, { info, address: "/a" }],
    /^address must be a function/,
  ],
];

const kit: Rows = [
  [
    "nothing",
    () => new Recorder(...([] as unknown as [never, never])),
    [],
    /^A Recorder needs a feed/,
  ],
  ["no ledger", () => new Recorder(feedOf(), undefined as never), [], /^A Recorder needs a Ledger/],
  ["types of another kind", () => new Recorder(feedOf(), new Ledger(), 5 as never), [], /types/],
  [
    "an unknown name of account",
    () => new Recorder(feedOf(), new Ledger()).account({ drop: 1 } as never),
    [],
    /^account has no option drop: did you mean dropped\?/,
  ],
  [
    "a count that is none",
    () => new Recorder(feedOf(), new Ledger()).account({ dropped: "1" } as never),
    [],
    /^dropped must be/,
  ],
  [
    "no event",
    () => new Recorder(feedOf(), new Ledger()).take(undefined as never),
    [],
    /^take needs an event/,
  ],
  ["no id", () => new Ledger().add(undefined as never), [], /^A Ledger needs an id/],
  ["an id that is no text", () => new Ledger().add(5 as never), [], /^A Ledger needs an id/],
  [
    "an option",
    () => new Wire(undefined, { honorsAbort: false } as never),
    [],
    /^Wire has no option honorsAbort: did you mean honoursAbort\?/,
  ],
  [
    "options in its place",
    () => new Wire({ honoursAbort: false } as never),
    [],
    /^A Wire needs a function/,
  ],
  ["null", () => new Wire(undefined, null as never), [], /options of Wire must be an object/],
];

const doors: Rows = [
  ["a URL for a function", aiSdk, ["/api/chat"], /^aiSdk takes a function that gives the URL/],
  ["null", agui, [null], /^agui takes a function that gives the URL/],
  ["a number", location, [5], /^location takes the name of a header/],
  ["nothing", observe, [], /^observe takes a feed/],
  ["a URL", observe, ["http://wire.test/"], /^observe takes a feed/],
];

describe.each([
  ["a contract", contracts],
  ["a document", documents],
  ["the test kit", kit],
  ["a preset, or an observable", doors],
])("%s", (_, rows) => {
  test.each(rows)("of %s (%o)", (_what, make, given, message) => {
    expect(() => make(...given)).toThrow(TypeError);
    expect(() => make(...given)).toThrow(message);
  });
});

test("servers of the test kit refuse a script that is not a function, and a text that is not a URL", async () => {
  await expect(SseServer.listen(5 as never)).rejects.toThrow(/^SseServer\.listen needs a function/);
  await expect(FaultProxy.listen(undefined as never)).rejects.toThrow(
    /^FaultProxy\.listen needs .*URL/,
  );
  await expect(FaultProxy.listen("nope")).rejects.toThrow(
    /^FaultProxy\.listen needs .*URL.*"nope"/,
  );
});
