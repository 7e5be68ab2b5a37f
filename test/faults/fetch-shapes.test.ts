// A fetch may be anything: what it throws and what it gives is an outcome, and says how to mend it.
import { Readable } from "node:stream";
import { runInNewContext } from "node:vm";
import {
  Feed,
  FeedError,
  type CloseInfo,
  type FeedOptions,
  type FetchLike,
} from "@steadfeed/client";
import { fetch as undiciFetch } from "undici";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { lastOf, statuses, until } from "../support/collect.ts";
import { head, raw } from "../support/raw.ts";

const type = { "Content-Type": "text/event-stream" };
const bytes = new TextEncoder().encode("data: one\n\n");

const unhandled = vi.fn<(reason: unknown) => void>();
beforeEach(() => void process.on("unhandledRejection", unhandled));
afterEach(() => {
  process.off("unhandledRejection", unhandled);
  const [first] = unhandled.mock.calls;
  unhandled.mockClear();
  if (first) throw new Error("a rejection that nobody handles", { cause: first[0] });
});

function feedOf(fetch: unknown, options: FeedOptions = {}) {
  const feed = new Feed("http://wire.test/", { fetch: fetch as FetchLike, ...options });
  onTestFinished(() => feed.close());
  const told = statuses(feed);
  const data: string[] = [];
  feed.subscribe("*", (event) => void data.push(event.data));
  return { feed, told, data };
}

const noPrototype: unknown = Object.create(null);
const thrown: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  "an object without a prototype": noPrototype,
  "a symbol": Symbol("no"),
  "an error without a message": new Error(""),
  "an error whose message is no text": Object.assign(new Error("x"), { message: 7 }),
  "a proxy that throws": new Proxy(
    {},
    {
      get() {
        throw new Error("no");
      },
      getPrototypeOf() {
        throw new Error("no");
      },
    },
  ),
  "a proxy that was revoked": (() => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  })(),
  "an error whose code throws": Object.defineProperty(new Error("x"), "code", {
    get: () => {
      throw new Error("no");
    },
  }),
  "an error that causes itself": (() => {
    const error = new Error("round");
    error.cause = error;
    return error;
  })(),
};

describe.each(Object.entries(thrown))("%s", (_, reason) => {
  test("as the rejection of fetch is a network error", async () => {
    const { told } = feedOf(() => Promise.reject(reason));
    await until(() => expect(lastOf(told, "waiting").error).toBeInstanceOf(FeedError));
    expect(lastOf(told, "waiting").error.code).toBe("network");
  });

  test("thrown by fetch is a network error", async () => {
    const { told } = feedOf(() => {
      throw reason;
    });
    await until(() => expect(lastOf(told, "waiting").error.code).toBe("network"));
  });

  test("as the error of a body is a cut, never an end", async () => {
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(bytes);
        else controller.error(reason);
      },
    });
    const { feed, data } = feedOf(async () => new Response(body, { headers: type }), {
      retry: false,
    });
    const info: CloseInfo = await feed.closed;
    expect([info.reason, (info.error as FeedError).code, data]).toEqual([
      "failed",
      "network",
      ["one"],
    ]);
  });
});

describe("fatal, with a message that names the fix", () => {
  const answer = (body: unknown, status = 200) => ({
    url: "",
    type: "basic",
    status,
    headers: new Headers(type),
    body,
  });
  const text = (chunk: unknown): ReadableStream =>
    new ReadableStream({ start: (controller) => controller.enqueue(chunk) });
  const locked = new ReadableStream();
  locked.getReader();

  test.each<[string, unknown, RegExp]>([
    ["no body at all, as in React Native", answer(undefined), /expo\/fetch/],
    ["a Node stream, as node-fetch has it", answer(Readable.from([bytes])), /node-fetch/],
    ["a body that is already read", answer(locked), /clone\(\)/],
    ["a body of text", answer(text("data: one\n\n")), /not bytes/],
    ["no Response", "data: one\n\n", /is not a Response/],
    ["nothing", undefined, /is not a Response/],
    ["a Response without headers", { status: 200, body: null }, /is not a Response/],
  ])("%s", async (_, response, says) => {
    const { feed } = feedOf(() => Promise.resolve(response));
    const { reason, error } = await feed.closed;
    expect([reason, (error as FeedError).code]).toEqual(["failed", "unsupported"]);
    expect((error as FeedError).message).toMatch(says);
    expect((error as FeedError).attempt).toBe(1);
  });

  test("a refusal without a body is still judged by its status", async () => {
    const { feed } = feedOf(() => Promise.resolve(answer(undefined, 404)));
    expect((await feed.closed).error).toMatchObject({ code: "status", status: 404 });
  });

  test("a fetch that does not exist", async () => {
    const real = globalThis.fetch;
    // As in an environment without one; looked up at each request.
    const lookedUp: FetchLike = (...given) => (globalThis.fetch as FetchLike)(...given);
    vi.stubGlobal("fetch", undefined);
    onTestFinished(() => void vi.stubGlobal("fetch", real));
    const { told } = feedOf(lookedUp);
    await until(() => expect(lastOf(told, "waiting").error.code).toBe("network"));
  });
});

test("chunks of another realm, as in jsdom, are bytes", async () => {
  const foreign = runInNewContext(`new Uint8Array([${[...bytes].join()}])`) as Uint8Array;
  expect(foreign).not.toBeInstanceOf(Uint8Array);
  const view = new DataView(bytes.buffer);
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(foreign);
      controller.enqueue(view);
    },
  });
  const { data } = feedOf(async () => new Response(body, { headers: type }));
  await until(() => expect(data).toEqual(["one", "one"]));
});

test("a platform without Request and ReadableStream still supports a feed", async () => {
  const reader = { read: vi.fn<() => Promise<unknown>>(), cancel: () => undefined };
  reader.read
    .mockResolvedValueOnce({ done: false, value: bytes })
    .mockReturnValue(new Promise(() => undefined));
  const response = { url: "", type: "basic", status: 200, headers: new Headers(type) };
  const body = { locked: false, getReader: () => reader, cancel: () => undefined };
  vi.stubGlobal("Request", undefined);
  vi.stubGlobal("ReadableStream", undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  const { data, feed } = feedOf(() => Promise.resolve({ ...response, body }), {
    method: "POST",
    body: "question",
  });
  await until(() => expect(data).toEqual(["one"]));
  feed.close();
});

test("undici's own fetch is accepted, also by its types", async () => {
  const port = await raw((socket) => socket.end(`${head()}data: one\n\n`));
  const fetch: FetchLike = undiciFetch;
  const feed = new Feed(`http://127.0.0.1:${port}/`, { fetch, retry: false });
  const data: string[] = [];
  feed.subscribe("message", (event) => void data.push(event.data));
  await feed.closed;
  expect(data).toEqual(["one"]);
});
