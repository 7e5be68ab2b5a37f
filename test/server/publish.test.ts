import { Broker } from "@steadfeed/server";
import { publishHandler, type PublishHandlerOptions } from "@steadfeed/server/publish";
import { expect, test, vi } from "vitest";
import { listen, raw } from "./servers.ts";
import { read, settled } from "./support.ts";

const endpoint = "http://localhost/publish";

interface Posting extends RequestInit {
  options?: PublishHandlerOptions;
  broker?: Broker;
}

function post(
  query: string,
  body: BodyInit = "x",
  { options = { authorize: false }, broker = new Broker(), ...init }: Posting = {},
): Promise<Response> {
  return publishHandler(
    broker,
    options,
  )(new Request(`${endpoint}?${query}`, { method: "POST", body, ...init }));
}

test("a post reaches the readers of a stream, as text, and the publisher gets the id", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  const response = await post("stream=s&type=tick", "é\nline", { broker });
  await settled();
  expect([response.status, await response.json()]).toEqual([
    202,
    { id: broker.lastEventId, sessions: 1 },
  ]);
  expect(sink.events[0]).toMatchObject({ event: "tick", data: "é\nline" });
});

test("it reaches one client, with an id, a version and a time to live of its own", async () => {
  const broker = new Broker();
  const sinks = [
    await read(broker, { streams: "s", client: "me", version: 1 }),
    await read(broker, { streams: "s", client: "me", version: 2 }),
  ];
  await post("client=me&id=own&minVersion=2&ttlMs=5000", "x", { broker });
  await settled();
  expect(sinks.map(({ events }) => events.map(({ id }) => id))).toEqual([[], ["own"]]);
});

test("bytes are sent as base64", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  await post("stream=s", new Uint8Array([0, 255, 10]), {
    broker,
    headers: { "content-type": "application/octet-stream" },
  });
  await settled();
  expect(sink.got).toEqual(["AP8K"]);
});

test("an empty body is an event with empty data", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  expect(
    (
      await publishHandler(broker, { authorize: false })(
        new Request(`${endpoint}?stream=s`, { method: "POST" }),
      )
    ).status,
  ).toBe(202);
  await settled();
  expect(sink.got).toEqual([""]);
});

test.each<[number, string, Parameters<typeof post>[2]?, BodyInit?]>([
  [401, "stream=s", { options: { authorize: () => false } }],
  [400, ""],
  [400, "stream="],
  [400, "stream=s&type=a%0Ab"],
  [400, "stream=s&type=steadfeed.gap"],
  [400, "stream=s&id=a%0Ab"],
  [400, "stream=s&ttlMs=soon"],
  [400, "stream=s", {}, new Uint8Array([0xff])],
  [404, "stream=t", { broker: new Broker({ streams: ["s"] }) }],
  [405, "stream=s", { method: "PUT" }],
  [413, "stream=s", { options: { authorize: false, maxBytes: 3 } }, "four"],
  [413, "stream=s", { broker: new Broker({ limits: { eventBytes: 10 } }) }, "x".repeat(100)],
  [
    500,
    "stream=s",
    {
      options: {
        authorize: () => {
          throw new Error("database");
        },
      },
    },
  ],
])(
  "a publisher gets the reason of an error: %i for %s",
  async (status, query, init = {}, body = "x") => {
    const response = await post(query, body, init);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain("database");
  },
);

test("an error in authorize is reported, and hidden from publishers", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const bug = new TypeError("Cannot read properties of undefined (reading 'secret')");
  const response = await post("stream=s", "x", {
    broker: new Broker({ onError }),
    options: { authorize: () => Promise.reject(bug) },
  });
  expect([response.status, await response.text()]).toEqual([500, "Internal server error"]);
  expect(onError).toHaveBeenCalledExactlyOnceWith(bug, { phase: "publish" });
});

test("a publisher without a response may post again with the same key", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  const once = async (): Promise<unknown> =>
    (await post("stream=s&idempotencyKey=k", "once", { broker })).json();
  const first = await once();
  expect(await once()).toEqual({ ...(first as object), duplicate: true });
  await settled();
  expect(sink.got).toEqual(["once"]);
});

test("an internal failure is reported", async () => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  await post("stream=s", "x", {
    broker: new Broker({ onError }),
    options: { authorize: () => Promise.reject(new Error("database")) },
  });
  expect(onError).toHaveBeenCalledExactlyOnceWith(new Error("database"), { phase: "publish" });
});

test("without authorize there is no endpoint", () => {
  expect(() => publishHandler(new Broker(), {} as PublishHandlerOptions)).toThrow(
    /authorize must be a function, or false/,
  );
  expect(() => publishHandler(new Broker(), { authorize: false, maxBytes: 0 })).toThrow(TypeError);
});

test("on Node it behaves the same, and reads no more than allowed", async () => {
  const broker = new Broker();
  const sink = await read(broker);
  const authorize = vi.fn<() => boolean>(() => true);
  const url = await listen(publishHandler(broker, { authorize, maxBytes: 1000 }));
  const response = await fetch(`${url}/?stream=s`, { method: "POST", body: "hello" });
  await settled();
  expect([response.status, sink.got]).toEqual([202, ["hello"]]);
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(500)),
  });
  const tooLarge = await fetch(`${url}/?stream=s`, {
    method: "POST",
    body: endless,
    duplex: "half",
  } as RequestInit).then(
    ({ status }) => status,
    () => 413,
  );
  expect(tooLarge).toBe(413);
  // Said before a byte of it is read.
  const announced = await raw(
    url,
    "POST /?stream=s HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n",
    "bytes.",
  );
  expect(announced).toContain("HTTP/1.1 413");
  expect((await fetch(`${url}/?stream=s`)).headers.get("allow")).toBe("POST");
});
