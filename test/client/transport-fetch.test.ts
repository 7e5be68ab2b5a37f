import type { FetchLike, NodeOptions } from "@steadfeed/client";
import { describe, expect, test, vi } from "vitest";
import { createTransport } from "../../packages/client/src/http/transport-fetch.ts";
import type { TransportRequest } from "../../packages/client/src/http/transport.ts";
import { FakePage } from "../support/page.ts";
import { settle, Wire } from "../support/wire.ts";

// What fetch has in common with undici's dispatch stands in transport-undici.test.ts.

const deaf = {
  phase: () => undefined,
  alive: () => undefined,
  bytes: () => undefined,
  ended: () => undefined,
  failed: () => undefined,
};

function send(fetch: FetchLike, request: Partial<TransportRequest> = {}, paused = false) {
  const heard: string[] = [];
  const url = new URL("http://wire.test/events");
  const flow = createTransport({ fetch, node: undefined, connectMs: false, ref: true }).send(
    {
      url,
      method: "GET",
      headers: new Headers(),
      body: undefined,
      credentials: undefined,
      redirect: "follow",
      ...request,
    },
    {
      ...deaf,
      head(head) {
        heard.push(`head ${head.status}`);
        if (paused) flow.pause();
      },
      bytes: (chunk) => heard.push(new TextDecoder().decode(chunk)),
      ended: () => heard.push("end"),
      failed: () => heard.push("error"),
    },
  );
  return { flow, heard };
}

test("reads no more from the wire than it delivers, and nothing while paused", async () => {
  const wire = new Wire((request) => request.answer().send("one").send("two").send("three"));
  const { flow, heard } = send(wire.fetch, {}, true);
  await settle();
  expect(wire.last.pulledBytes).toBe(0);
  flow.resume();
  await settle();
  expect(heard).toEqual(["head 200", "one", "two", "three"]);
  expect(wire.last.pulledBytes).toBe(11);
});

test("requests with the options that a feed needs: manual redirects, no cache, a signal", () => {
  const wire = new Wire();
  send(wire.fetch, { method: "POST", body: "x", credentials: "include" });
  expect(wire.last.init).toMatchObject({
    method: "POST",
    body: "x",
    redirect: "manual",
    cache: "no-store",
    credentials: "include",
    signal: expect.any(AbortSignal),
  });
});

test("omits credentials, body and duplex unless they were set, since some platforms refuse them", () => {
  const wire = new Wire();
  send(wire.fetch);
  const { init } = wire.last;
  for (const name of ["credentials", "body", "duplex"]) expect(init).not.toHaveProperty(name);
});

test("sends a stream in the form that fetch requires: half duplex", () => {
  const wire = new Wire();
  send(wire.fetch, { method: "POST", body: new ReadableStream() });
  expect(wire.last.init).toMatchObject({ duplex: "half" });
});

test("looks up the platform's fetch at each request, so that a test may replace it", async () => {
  const wire = new Wire((request) => request.answer().end());
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(wire.fetch as typeof fetch);
  const { heard } = send(undefined as never);
  await settle();
  spy.mockRestore();
  expect(heard).toEqual(["head 200", "end"]);
});

test("in a browser, which hides Location, follows redirects from the start: a POST that answers 303 is made once", () => {
  const page = new FakePage();
  const wire = new Wire();
  send(wire.fetch, { method: "POST", body: "x" });
  page.online(false);
  send(wire.fetch, { method: "POST", body: "x" });
  expect(wire.requests.map(({ init }) => init?.redirect)).toEqual(["follow", "follow"]);
});

describe("a fetch that hides the target of a redirect", () => {
  const hides: FetchLike = async (_, { redirect }) =>
    redirect === "manual"
      ? ({ type: "opaqueredirect", status: 0, headers: new Headers(), body: null } as Response)
      : new Response("x", { headers: { "X-Redirect": redirect } });

  test("is an error where redirects are refused, although the page cannot see the target", async () => {
    const fetch = vi.fn<FetchLike>(hides);
    const transport = createTransport({ fetch, node: undefined, connectMs: false, ref: true });
    const error = await new Promise((end) => {
      transport.send(
        {
          url: new URL("http://wire.test/"),
          method: "GET",
          headers: new Headers(),
          body: undefined,
          credentials: undefined,
          redirect: "error",
        },
        { ...deaf, head: () => end("a head"), ended: () => end("an end"), failed: end },
      );
    });
    expect(error).toMatchObject({ code: "redirect" });
    expect(fetch).toHaveBeenCalledOnce();
  });

  test("is requested again with automatic redirects, and from then on at once", async () => {
    const fetch = vi.fn<FetchLike>(hides);
    const transport = createTransport({ fetch, node: undefined, connectMs: false, ref: true });
    const statuses: number[] = [];
    const ask = (): unknown =>
      transport.send(
        {
          url: new URL("http://wire.test/"),
          method: "GET",
          headers: new Headers(),
          body: undefined,
          credentials: undefined,
          redirect: "follow",
        },
        {
          ...deaf,
          head: ({ status }) => statuses.push(status),
        },
      );
    ask();
    await settle();
    ask();
    await settle();
    expect(statuses).toEqual([200, 200]);
    expect(fetch.mock.calls.map(([, { redirect }]) => redirect)).toEqual([
      "manual",
      "follow",
      "follow",
    ]);
  });
});

describe("a fetch that ignores its signal", () => {
  test("is not awaited: its late answer is cancelled unread", async () => {
    const wire = new Wire(undefined, { honoursAbort: false });
    const { flow, heard } = send(wire.fetch);
    flow.abort();
    wire.last.answer().send("late");
    await settle();
    expect(heard).toEqual([]);
    expect(wire.last.aborted).toBe(true);
    expect(wire.last.pulledBytes).toBe(0);
  });

  test("has its body cancelled at once, however silent the server", async () => {
    const wire = new Wire((request) => request.answer().send("x"), { honoursAbort: false });
    const { flow, heard } = send(wire.fetch);
    await settle();
    flow.abort();
    await settle();
    expect(wire.last.aborted).toBe(true);
    wire.last.send("late");
    await settle();
    expect(heard).toEqual(["head 200", "x"]);
  });

  test("has its body cancelled also while paused", async () => {
    const wire = new Wire((request) => request.answer().send("x"), { honoursAbort: false });
    const { flow, heard } = send(wire.fetch, {}, true);
    await settle();
    flow.abort();
    await settle();
    expect(wire.last.aborted).toBe(true);
    expect(heard).toEqual(["head 200"]);
  });
});

test("a response without a body has ended with its head", async () => {
  const { heard } = send(async () => new Response(null, { status: 204 }));
  await settle();
  expect(heard).toEqual(["head 204", "end"]);
});

test("options for Node that have no effect are printed to the console by name, once per feed", () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const make = (node: NodeOptions | undefined) =>
    createTransport({ fetch: undefined, node, connectMs: false, ref: true });
  for (const nothing of [undefined, {}, { proxy: undefined }]) make(nothing);
  expect(warn).not.toHaveBeenCalled();
  make({ tls: { ca: "…" }, proxy: "env", socketPath: undefined });
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining("node: { tls, proxy } has no effect"),
  );
  warn.mockRestore();
});
