import type { FeedOptions, OpenInfo } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import {
  exchange,
  type Observer,
  type OpenStream,
  type Result,
} from "../../packages/client/src/http/exchange.ts";
import { Still } from "../../packages/client/src/http/still.ts";
import type { Attempt } from "@steadfeed/client";
import { resolve } from "../../packages/client/src/core/resolve.ts";
import type { Receiver, TransportRequest } from "../../packages/client/src/http/transport.ts";
import { fakeClock, pass, settle } from "../support/wire.ts";

fakeClock();

/** An exchange over a transport that does nothing by itself, and everything that came of it. */
function begin(options: FeedOptions = {}, headers: HeadersInit = {}) {
  const controller = new AbortController();
  const flow = {
    pause: vi.fn<() => void>(),
    resume: vi.fn<() => void>(),
    abort: vi.fn<() => void>(),
  };
  let receiver!: Receiver;
  const transport = {
    send(_: TransportRequest, to: Receiver) {
      receiver = to;
      to.phase("request");
      return flow;
    },
    close: () => undefined,
  };
  const request: TransportRequest = {
    url: new URL("http://wire.test/events"),
    method: "GET",
    headers: new Headers(headers),
    body: undefined,
    credentials: undefined,
    redirect: "follow",
  };
  const attempt: Attempt = {
    number: 3,
    reason: "retry",
    lastEventId: "7",
    error: undefined,
    signal: controller.signal,
  };
  let stream!: OpenStream;
  const opened: OpenInfo[] = [];
  const received: string[] = [];
  const results: Result[] = [];
  const observer: Observer = {
    open(info, opensStream) {
      opened.push(info);
      stream = opensStream;
    },
    bytes: (chunk) => received.push(new TextDecoder().decode(chunk)),
    still: () => undefined,
    refused: () => undefined,
  };
  const over = exchange(transport, request, {
    attempt,
    options: resolve(options),
    observer,
    still: new Still(observer),
    refused: undefined,
  });
  void over.then((result) => results.push(result));
  return {
    flow,
    receiver,
    abort: () => controller.abort(),
    opened,
    received,
    results,
    signal: controller.signal,
    stream: () => stream,
    head: (status = 200, type = "text/event-stream") =>
      receiver.head({ url: "", status, headers: new Headers({ "Content-Type": type }) }),
    bytes: (text: string) => receiver.bytes(new TextEncoder().encode(text)),
  };
}

test("a head, bytes, an end: opened with the facts, and ended in order", async () => {
  const { head, bytes, receiver, opened, received, results } = begin({}, { "Last-Event-ID": "7" });
  head();
  expect(opened).toEqual([
    {
      url: "http://wire.test/events",
      status: 200,
      headers: expect.any(Headers),
      attempt: 3,
      resumedFrom: "7",
    },
  ]);
  bytes("a");
  bytes("b");
  receiver.ended();
  await settle();
  expect(received).toEqual(["a", "b"]);
  expect(results).toEqual([{ kind: "ended" }]);
});

test("a request that did not carry the cursor resumes from nothing, whatever the attempt wanted", () => {
  const { head, opened } = begin();
  head();
  expect(opened[0]!.resumedFrom).toBe("");
});

test("the platform's redirects show in the URL that answered", () => {
  const { receiver, opened } = begin();
  const headers = new Headers({ "Content-Type": "text/event-stream" });
  receiver.head({ url: "http://elsewhere.test/", status: 200, headers });
  expect(opened[0]!.url).toBe("http://elsewhere.test/");
});

test("a broken body fails with the URL, the attempt and the cause", async () => {
  const { head, receiver, results } = begin();
  const cause = new Error("read ECONNRESET");
  head();
  receiver.failed(cause);
  await settle();
  expect(results).toMatchObject([
    {
      kind: "failed",
      error: { code: "network", url: "http://wire.test/events", attempt: 3, cause },
    },
  ]);
});

test("after its result nothing arrives, and the flow is given up", async () => {
  const { head, bytes, receiver, received, results, flow } = begin();
  head();
  receiver.ended();
  bytes("late");
  head(404);
  receiver.failed(new Error("late"));
  await settle();
  expect(received).toEqual([]);
  expect(results).toEqual([{ kind: "ended" }]);
  expect(flow.abort).toHaveBeenCalledOnce();
});

test("the body of an answer that is no stream is not for the feed: it goes with the error", async () => {
  const { head, bytes, receiver, received, results, flow } = begin();
  head(404);
  bytes("no such stream");
  receiver.ended();
  await settle();
  expect(flow.abort).toHaveBeenCalledOnce();
  expect(received).toEqual([]);
  expect(results).toMatchObject([
    { kind: "failed", error: { status: 404, attempt: 3, body: "no such stream" } },
  ]);
});

describe("abort", () => {
  test.each(["before the head", "in the body", "while validate thinks"])(
    "%s: over at once, in the same tick",
    async (when) => {
      const never = (): Promise<boolean> => new Promise(() => undefined);
      const made = begin(when === "while validate thinks" ? { validate: never } : {});
      if (when !== "before the head") made.head();
      made.abort();
      expect(made.flow.abort).toHaveBeenCalledOnce();
      made.bytes("late");
      await settle();
      expect(made.results).toEqual([{ kind: "aborted" }]);
      expect(made.received).toEqual([]);
    },
  );

  test("listens to the signal no longer than the exchange lasts", async () => {
    const { receiver, head, abort, signal, flow } = begin();
    const remove = vi.spyOn(signal, "removeEventListener");
    head();
    receiver.ended();
    expect(remove).toHaveBeenCalledOnce();
    flow.abort.mockClear();
    abort();
    expect(flow.abort).not.toHaveBeenCalled();
  });
});

describe("headersMs", () => {
  test("counts to the head, and not a moment longer", async () => {
    const { head, results } = begin({ timeouts: { headersMs: 1000 } });
    await pass(999);
    head();
    await pass(60_000);
    expect(results).toEqual([]);
  });

  test("fails with what did not come, from where, and how long it waited", async () => {
    const { results, flow } = begin({ timeouts: { headersMs: 1000 } });
    await pass(1000);
    expect(results).toMatchObject([{ kind: "failed", error: { code: "timeout", attempt: 3 } }]);
    expect(results).toMatchObject([
      { error: { message: "No answer from http://wire.test/events within 1000 ms." } },
    ]);
    expect(flow.abort).toHaveBeenCalledOnce();
  });

  test("is off by default: some servers send no head before the first event", async () => {
    const { results, abort } = begin();
    await pass(86_400_000);
    expect(results).toEqual([]);
    abort();
  });
});

describe("idleMs", () => {
  test("any byte counts, however many and however often", async () => {
    const { head, bytes, results } = begin({ timeouts: { idleMs: 1000 } });
    head();
    for (let each = 0; each < 50; each++) {
      await pass(900);
      bytes(":");
    }
    expect(results).toEqual([]);
    await pass(1000);
    expect(results).toMatchObject([{ error: { code: "timeout" } }]);
  });

  test("stands still while the stream is stopped, and counts anew when it goes on", async () => {
    const { head, stream, results, flow } = begin({ timeouts: { idleMs: 1000 } });
    head();
    await pass(900);
    stream().pause();
    expect(flow.pause).toHaveBeenCalledOnce();
    await pass(60_000);
    expect(results).toEqual([]);
    stream().resume();
    expect(flow.resume).toHaveBeenCalledOnce();
    await pass(999);
    expect(results).toEqual([]);
    await pass(1);
    expect(results).toMatchObject([{ error: { code: "timeout" } }]);
  });
});

describe("validate", () => {
  test("that takes its time: the bytes wait for it", async () => {
    let decide!: (ok: boolean) => void;
    const made = begin({
      validate: () =>
        new Promise<boolean>((settled) => {
          decide = settled;
        }),
    });
    made.head(201, "text/plain");
    expect(made.flow.pause).toHaveBeenCalledOnce();
    expect(made.opened).toEqual([]);
    decide(true);
    await settle();
    expect(made.opened).toHaveLength(1);
    expect(made.flow.resume).toHaveBeenCalledOnce();
  });

  test.each<[string, FeedOptions["validate"]]>([
    ["false", () => false],
    ["a promise of false", async () => false],
    [
      "an error",
      () => {
        throw new Error("mine");
      },
    ],
    [
      "a rejection",
      async () => {
        throw new Error("mine");
      },
    ],
  ])("%s refuses the answer", async (_, validate) => {
    const { head, receiver, results } = begin({ validate });
    head();
    await settle();
    receiver.ended();
    await settle();
    expect(results).toMatchObject([{ kind: "failed", error: { code: "status", status: 200 } }]);
  });
});

test("finish(): the stream is over, in order or with the error that was found", async () => {
  const ended = begin();
  ended.head();
  ended.stream().finish();
  const failed = begin();
  failed.head();
  const error = { code: "too-large" } as never;
  failed.stream().finish(error);
  await settle();
  expect(ended.results).toEqual([{ kind: "ended" }]);
  expect(failed.results).toEqual([{ kind: "failed", error }]);
  expect(failed.flow.abort).toHaveBeenCalledOnce();
});
