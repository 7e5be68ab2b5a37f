// In place of @microsoft/fetch-event-source: the same calls, and its faults mended.
import { SseServer, type Play } from "@steadfeed/client/testing/node";
import { fetchEventSource, type EventSourceMessage } from "@steadfeed/fetch-event-source";
import { fetchEventSource as original } from "@microsoft/fetch-event-source";
import { describe, expect, onTestFinished, test, vi } from "vitest";

async function play(steps: Play): Promise<SseServer> {
  const server = await SseServer.listen(steps);
  onTestFinished(() => server.close());
  return server;
}

const text = "retry: 10\nid: 1\nevent: tick\ndata: a\ndata: b\n\ndata: ä\n\nid\ndata: c\n\n";

describe.each([
  ["ours", fetchEventSource],
  // It needs a window.
  ["the original", original],
])("like the original: %s", (_, read) => {
  const before = (): void => {
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("document", {
      hidden: false,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    });
    onTestFinished(() => void vi.unstubAllGlobals());
  };

  test("events, the response and its end are passed on, in order", async () => {
    before();
    const server = await play((script) => script.send(text, 20).end());
    const seen: unknown[] = [];
    await read(server.url, {
      onopen: async ({ status }) => void seen.push(status),
      onmessage: ({ id, event, data }) => void seen.push([id, event, data]),
      onclose: () => void seen.push("closed"),
    });
    expect(seen).toEqual([200, ["1", "tick", "a\nb"], ["", "", "ä"], ["", "", "c"], "closed"]);
  });

  test("method, headers and body are sent; after a cut it resumes with the latest id", async () => {
    before();
    const bodies: string[] = [];
    const server = await play((script, number) => {
      void script.text().then((body) => bodies.push(body));
      if (number === 1) script.send("retry: 1\nid: 7\ndata: a\n\n").delay(20).truncate();
      else script.send("data: b\n\n").end();
    });
    const got: string[] = [];
    await read(server.url, {
      method: "POST",
      headers: { "X-Key": "k" },
      body: "question",
      onmessage: ({ data }) => void got.push(data),
      onerror: () => 1,
    });
    expect(got).toEqual(["a", "b"]);
    expect(bodies).toEqual(["question", "question"]);
    expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "7"]);
    expect(server.last.headers.get("x-key")).toBe("k");
  });

  test("an error thrown by onopen is passed to onerror, and an error thrown there rejects", async () => {
    before();
    const server = await play((script) => script.answer({ status: 403 }).end());
    const fatal = new Error("no entry");
    const reading = read(server.url, {
      onopen: async ({ status }) => {
        if (status === 403) throw fatal;
      },
      onerror: (error) => {
        throw error;
      },
    });
    await expect(reading).rejects.toBe(fatal);
    expect(server.requests.length).toBe(1);
  });

  test("a response of another type is an error", async () => {
    before();
    const server = await play((script) =>
      script.answer({ headers: { "Content-Type": "text/html" } }).end(),
    );
    const reading = read(server.url, {
      onerror: (error) => {
        throw error;
      },
    });
    await expect(reading).rejects.toThrow(/content.type/i);
  });

  test("an abort resolves, and nothing more is called", async () => {
    before();
    const server = await play((script) => script.send("data: 1\n\ndata: 2\n\n"));
    const aborting = new AbortController();
    const got: string[] = [];
    await read(server.url, {
      signal: aborting.signal,
      onmessage: ({ data }) => {
        got.push(data);
        setTimeout(() => aborting.abort());
      },
    });
    await expect.poll(() => server.sockets).toBe(0);
    expect(got).toEqual(["1", "2"]);
  });

  test("onclose that throws requests the stream again", async () => {
    before();
    const server = await play((script) => script.send("data: x\n\n").end());
    let ends = 0;
    await read(server.url, {
      onclose: () => {
        if (++ends < 3) throw new Error("again");
      },
      onerror: () => 1,
    });
    expect(server.requests.length).toBe(3);
  });
});

describe("fixed compared with the original", () => {
  test("runs without a window", async () => {
    const server = await play((script) => script.send("data: x\n\n").end());
    await expect(fetchEventSource(server.url)).resolves.toBeUndefined();
  });

  test("a block without data is not an event, and its id counts", async () => {
    const server = await play((script, number) => {
      if (number === 1) script.send(": hi\n\nid: 3\n\nevent: x\n\n").delay(20).truncate();
      else script.end();
    });
    const got: EventSourceMessage[] = [];
    await fetchEventSource(server.url, {
      onmessage: (message) => void got.push(message),
      onerror: () => 1,
      onopen: async () => undefined,
    });
    expect(got).toEqual([]);
    expect(server.last.lastEventId).toBe("3");
  });

  test("a POST is not repeated automatically", async () => {
    const server = await play((script) => script.send("data: x\n\n").truncate());
    await expect(fetchEventSource(server.url, { method: "POST", body: "x" })).rejects.toThrow(
      "terminated",
    );
    expect(server.requests.length).toBe(1);
  });

  test("an already aborted signal makes no request", async () => {
    const server = await play((script) => script.answer());
    await fetchEventSource(server.url, { signal: AbortSignal.abort() });
    expect(server.requests.length).toBe(0);
  });

  test("nothing is called after an abort, even for the same chunk", async () => {
    const server = await play((script) => script.send("data: 1\n\ndata: 2\n\n"));
    const aborting = new AbortController();
    const got: string[] = [];
    await fetchEventSource(server.url, {
      signal: aborting.signal,
      onmessage: ({ data }) => {
        got.push(data);
        aborting.abort();
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(got).toEqual(["1"]);
  });

  test("non-ASCII ids and events arrive, and are sent back", async () => {
    const server = await play((script, number) => {
      if (number === 1) script.send("id: ü€\ndata: ☃\n\n").delay(20).truncate();
      else script.end();
    });
    await fetchEventSource(server.url, { onerror: () => 1, onopen: async () => undefined });
    expect(server.last.lastEventId).toBe("ü€");
  });

  test("a server that is down is not hammered", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    let calls = 0;
    const aborting = new AbortController();
    const reading = fetchEventSource("http://localhost/", {
      signal: aborting.signal,
      fetch: async () => {
        calls++;
        throw new TypeError("fetch failed");
      },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    // The original makes sixty.
    expect(calls).toBeGreaterThan(4);
    expect(calls).toBeLessThan(9);
    aborting.abort();
    await reading;
  });

  test("a hidden page disconnects, and resumes once it is shown", async () => {
    const page = Object.assign(new EventTarget(), { hidden: false });
    vi.stubGlobal("document", page);
    onTestFinished(() => void vi.unstubAllGlobals());
    const server = await play((script, number) => {
      if (number === 1) script.send("id: 5\ndata: x\n\n");
      else script.end();
    });
    const show = (shown: boolean): void => {
      page.hidden = !shown;
      page.dispatchEvent(new Event("visibilitychange"));
    };
    const reading = fetchEventSource(server.url, {
      onopen: async () => undefined,
      onmessage: () => show(false),
    });
    await expect.poll(() => page.hidden).toBe(true);
    await expect.poll(() => server.sockets).toBe(0);
    show(true);
    await reading;
    expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "5"]);
  });

  test("accepts a Request, and uses it for each attempt", async () => {
    const bodies: string[] = [];
    const server = await play((script, number) => {
      void script.text().then((body) => bodies.push(body));
      if (number === 1) script.send("data: x\n\n").delay(20).truncate();
      else script.answer().end();
    });
    const request = new Request(server.url, {
      method: "POST",
      body: "q",
      headers: { "x-key": "k" },
    });
    await fetchEventSource(request, { onerror: () => 1 });
    expect(bodies).toEqual(["q", "q"]);
    expect(server.last.headers.get("x-key")).toBe("k");
  });
});
