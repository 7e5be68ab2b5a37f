import { Broker, memoryLog, ServerError, type HandlerOptions } from "@steadfeed/server";
import { respond, webHandler } from "@steadfeed/server/web";
import { expect, onTestFinished, test, vi } from "vitest";
import { parse } from "./support.ts";

const url = "http://localhost/?stream=s";

/** Reads a body until it holds this. */
async function until(response: Response, part: string): Promise<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(part)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text;
}

test("a request is answered with a stream at once, and resumes where the reader was", async () => {
  const broker = new Broker();
  const handler = webHandler(broker);
  const response = await handler(new Request(url));
  expect([
    response.status,
    response.headers.get("content-type"),
    response.headers.get("connection"),
  ]).toEqual([200, "text/event-stream", null]);
  await broker.publish("s", "1");
  const { id } = parse(await until(response, "data: 1\n\n"))[0]!;
  await response.body!.cancel();
  expect(broker.sessions().size).toBe(0);
  await broker.publish("s", "2");
  const resumed = await handler(new Request(url, { headers: { "Last-Event-ID": id! } }));
  expect(parse(await until(resumed, "data: 2\n\n")).map(({ data }) => data)).toEqual(["2"]);
});

test("refusals, HEAD and OPTIONS are answered as on Node", async () => {
  const handler = webHandler(new Broker({ streams: [] }), { cors: { origins: "*" } });
  const status = async (method: string, to = url): Promise<number> =>
    (await handler(new Request(to, { method }))).status;
  expect([
    await status("GET"),
    await status("GET", "http://localhost/"),
    await status("HEAD"),
    await status("PUT"),
    await status("OPTIONS"),
  ]).toEqual([404, 400, 200, 405, 204]);
  expect((await handler(new Request(url))).headers.get("access-control-allow-origin")).toBe("*");
});

test("every refused or abandoned request is answered and leaves nothing behind", async () => {
  vi.useFakeTimers();
  const abort = new AbortController();
  const broker = new Broker({
    onConnect: (session) => (abort.signal.aborted ? undefined : session.close()),
  });
  const handler = webHandler(broker);
  expect(await (await handler(new Request(url))).text()).toBe(": \n\n");
  abort.abort();
  expect((await handler(new Request(url, { signal: abort.signal }))).status).toBe(503);
  const refusing = webHandler(new Broker({ onConnect: () => Promise.reject(new Error("no")) }));
  expect((await refusing(new Request(url))).status).toBe(500);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test.each<[string, HandlerOptions]>([
  ["a header that cannot be sent", { headers: () => ({ "x-a": "a\r\nb" }) }],
  [
    "an admission's header that cannot be sent",
    { admit: () => ({ streams: "s", headers: { "x-a": "\u2028" } }) },
  ],
  ["an invalid status", { admit: () => ({ status: 99 }) }],
])("%s is still answered", async (_, options) => {
  const onError = vi.fn<(...args: unknown[]) => void>();
  const broker = new Broker({ onError });
  const response = await webHandler(broker, options)(new Request(url));
  expect([response.status, await response.text()]).toEqual([500, "Internal server error"]);
  expect(onError).toHaveBeenCalled();
  expect(broker.sessions().size).toBe(0);
});

test("a single response whose headers cannot be sent throws to its caller, and leaves no timer", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const headers = { "x-a": "a\r\nb" };
  expect(() => respond(new Request(url), () => undefined, { headers })).toThrow(TypeError);
  expect(vi.getTimerCount()).toBe(0);
});

test("a status that has no body is answered without one, as on Node", async () => {
  const admit = (): never => {
    throw new ServerError("refused", "Do not come back.", { status: 204 });
  };
  const response = await webHandler(new Broker(), { admit })(new Request(url));
  expect([response.status, await response.text()]).toEqual([204, ""]);
});

test("an unread body holds at most 64 KB and one event, and loses no kept event", async () => {
  const broker = new Broker({ log: memoryLog({ maxEvents: 5000 }), slow: { policy: "resume" } });
  const response = await webHandler(broker)(new Request(url));
  let written = 0;
  const enqueue = vi
    .spyOn(ReadableStreamDefaultController.prototype, "enqueue")
    .mockImplementation(function (
      this: ReadableStreamDefaultController<Uint8Array>,
      bytes?: Uint8Array,
    ) {
      written += bytes!.byteLength;
      enqueue.mockRestore();
      this.enqueue(bytes!);
    });
  for (let i = 0; i < 2000; i++) await broker.publish("s", `${i} ${"x".repeat(100)}`);
  await expect.poll(() => written).toBeGreaterThan(0);
  expect(written).toBeLessThan(66_000);
  const numbers = parse(await until(response, "data: 1999 ")).map(({ data }) =>
    Number.parseInt(data, 10),
  );
  expect(numbers).toEqual(Array.from({ length: 2000 }, (_, i) => i));
});

async function* tokens(): AsyncGenerator<string | { type: string; data: string }> {
  yield "Hel";
  yield { type: "token", data: "lo\nworld" };
}

test("a single request is answered with the events of a source", async () => {
  const response = respond(new Request(url), (session) => session.from(tokens()), {
    headers: { "x-a": "1" },
  });
  expect([response.status, response.headers.get("x-a"), await response.text()]).toEqual([
    200,
    "1",
    ": \n\ndata: Hel\n\nevent: token\ndata: lo\ndata: world\n\n",
  ]);
});

test("a failure during the response errors the body, with the cause", async () => {
  const response = respond(new Request(url), async (session) => {
    session.send("1");
    throw new Error("model gone");
  });
  await expect(response.text()).rejects.toThrow("model gone");
  await expect(
    respond(new Request(url), () => {
      throw new Error("at once");
    }).text(),
  ).rejects.toThrow("at once");
});

test("a source is notified when its reader leaves", async () => {
  const finished = vi.fn<(...args: unknown[]) => void>();
  const stop = new AbortController();
  const endless = async function* () {
    try {
      for (let i = 0; ; i++) {
        yield `${i}`;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      finished();
    }
  };
  const reasons: string[] = [];
  respond(new Request(url, { signal: stop.signal }), async (session) => {
    void session.closed.then((reason) => reasons.push(reason));
    await session.from(endless());
  });
  stop.abort();
  await expect.poll(() => [finished.mock.calls.length, reasons]).toEqual([1, ["client"]]);
});
