// How far a steady fetch is a fetch: its Response, its signals, its pressure.
import { setTimeout as sleep } from "node:timers/promises";
import { steadyFetch } from "@steadfeed/client/fetch";
import { escapes } from "../support/escapes.ts";
import { describe, expect, test } from "vitest";
import { after, answer, asked, post, quick, serve, steady } from "./support.ts";

describe("a response that is not an event stream is fetch's own", () => {
  test.for([
    ["JSON", { status: 200, headers: { "Content-Type": "application/json" } }],
    [
      "a refusal with the type of a stream",
      { status: 429, headers: { "Content-Type": "text/event-stream" } },
    ],
    ["nothing at all", { status: 204 }],
    ["a failure", { status: 500 }],
  ] as const)("%s: the same object", async ([, head]) => {
    const server = await serve((script) => void script.answer(head).end());
    let own: Response | undefined;
    const fetch = steady({
      fetch: async (input, init) => {
        own = await globalThis.fetch(input, init);
        return own;
      },
    });
    expect(await fetch(server.url, post)).toBe(own);
    expect(server.requests).toHaveLength(1);
  });

  test("a request that fails rejects as with fetch, and is not repeated", async () => {
    const server = await serve((script) => void script.reset());
    await expect(steady()(server.url, post)).rejects.toThrow(TypeError);
    expect(server.requests).toHaveLength(1);
  });
});

describe("its Response", () => {
  test("has the properties of fetch's response", async () => {
    const server = await serve((script) =>
      script.url === "/" ? void script.redirect("/moved") : void script.send(answer).end(),
    );
    const plain = await fetch(server.url, post);
    const ours = await steady()(server.url, post);
    for (const name of [
      "url",
      "status",
      "statusText",
      "ok",
      "redirected",
      "type",
      "bodyUsed",
    ] as const)
      expect(ours[name], name).toBe(plain[name]);
    expect(ours).toBeInstanceOf(Response);
    expect([...ours.headers.keys()]).toEqual([...plain.headers.keys()]);
    expect(await ours.text()).toBe(await plain.text());
    expect(ours.bodyUsed).toBe(true);
  });

  test("may be cloned, and both copies are complete after a cut", async () => {
    const server = await serve(
      (script, number) =>
        void script.send(number === 1 ? answer.slice(0, 100) : after(script.lastEventId)).end(),
    );
    const response = await steady()(server.url, post);
    const clone = response.clone();
    expect([clone.url, clone.clone().url]).toEqual([response.url, response.url]);
    expect(await Promise.all([response.text(), clone.text()])).toEqual([answer, answer]);
  });

  test("keeps its length until it is resumed", async () => {
    const text = "id: 1\ndata: A\n\n";
    const server = await serve((script, number) => {
      if (number > 1) return script.send("data: [DONE]\n\n").end();
      const headers = {
        "Content-Type": "text/event-stream",
        "Content-Length": String(text.length),
      };
      return script.answer({ headers }).send(text).end();
    });
    const response = await steady()(server.url, post);
    const clone = response.clone();
    expect(response.headers.get("Content-Length")).toBe("15");
    await Promise.all([response.text(), clone.text()]);
    expect([response, clone].map(({ headers }) => headers.get("Content-Length"))).toEqual([
      null,
      null,
    ]);
  });

  test("has a body of bytes for one reader, optionally with its own buffer", async () => {
    const server = await serve((script) => void script.send(answer).end());
    const response = await steady()(server.url, post);
    const reader = response.body!.getReader({ mode: "byob" });
    expect(() => response.body!.getReader()).toThrow(TypeError);
    let [text, buffer] = ["", new ArrayBuffer(16)];
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) break;
      text += decoder.decode(value, { stream: true });
      buffer = value.buffer;
    }
    expect(text).toBe(answer);
  });

  test("closes the connection when its body is cancelled", async () => {
    const server = await serve((script) => void script.send(answer.slice(0, 100)).stall());
    const response = await steady()(server.url, post);
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await expect.poll(() => server.last.live).toBe(false);
    await sleep(50);
    expect(server.requests).toHaveLength(1);
  });

  test("closes the connection when its body is cancelled at once, or its clone too", async () => {
    const escaped = escapes();
    for (const cloned of [false, true]) {
      const server = await serve((script) => void script.send(answer.slice(0, 100)).stall());
      const response = await steady()(server.url, post);
      const bodies = [response, ...(cloned ? [response.clone()] : [])].map(({ body }) => body!);
      await Promise.all(bodies.map((body) => body.cancel()));
      await expect.poll(() => server.last.live).toBe(false);
      expect(server.requests).toHaveLength(1);
    }
    expect(escaped).toEqual([]);
  });
});

describe("a signal", () => {
  const reason = new Error("no more");

  test("aborts the request before its response", async () => {
    const server = await serve((script) => void script.stall());
    const asking = steady()(server.url, { ...post, signal: AbortSignal.timeout(50) });
    await expect(asking).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test.for(["the request's", "the Request's", "the option's"])(
    "%s aborts the body at once, without another request",
    async (whose) => {
      const server = await serve((script) => void script.send(answer.slice(0, 100)).stall());
      const controller = new AbortController();
      const fetch = steady(whose === "the option's" ? { signal: controller.signal } : {});
      const init = { ...post, ...(whose !== "the option's" && { signal: controller.signal }) };
      const response =
        whose === "the Request's"
          ? await fetch(new Request(server.url, init))
          : await fetch(server.url, init);
      const reader = response.body!.getReader();
      await reader.read();
      const reading = reader.read();
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
      await expect.poll(() => server.last.live).toBe(false);
      await sleep(30);
      expect(server.requests).toHaveLength(1);
    },
  );

  test("aborts the wait for another attempt at once", async () => {
    const server = await serve((script) => void script.send("id: 1\ndata: A\n\n").end());
    const controller = new AbortController();
    const fetch = steady({
      retry: { initialDelayMs: 60_000, jitter: "none" },
      onStatus: ({ kind }) => kind === "waiting" && controller.abort(reason),
    });
    const response = await fetch(server.url, { ...post, signal: controller.signal });
    await expect(response.text()).rejects.toBe(reason);
  });
});

test("a reader that stops reading stops the server, however much it has to send", async () => {
  const block = `data: ${"x".repeat(64 * 1024)}\n\n`;
  let sent = 0;
  const server = await serve((script) => {
    const more = (): void =>
      void script.send(block).done.then(() => (sent += block.length) < 5e8 && more());
    more();
  });
  const response = await steady()(server.url, post);
  const reader = response.body!.getReader();
  await reader.read();
  let before = -1;
  await expect
    .poll(() => [before, (before = sent)], { interval: 300 })
    .toSatisfy(([one, other]: number[]) => one === other);
  expect(sent).toBeLessThan(32e6);
  const { value } = await reader.read();
  expect(value!.length).toBeGreaterThan(0);
  await reader.cancel();
});

describe("a token", () => {
  test("is sent with each request, requested each time, and once more after a 401", async () => {
    const server = await serve((script, number) => {
      const isGood = script.headers.get("Authorization") === `Bearer ${number > 2 ? "c" : "b"}`;
      if (!isGood) script.answer({ status: 401 }).end();
      else script.send(number === 2 ? answer.slice(0, 100) : after(script.lastEventId)).end();
    });
    const tokens = ["a", "b", "c"];
    const fetch = steady({ token: async () => tokens.shift()! });
    expect(await (await fetch(server.url, post)).text()).toBe(answer);
    expect(asked(server)).toEqual(["POST /", "POST /", "GET /answer"]);
    expect(tokens).toEqual([]);
  });

  test("given as text is tried once", async () => {
    const server = await serve((script) => void script.answer({ status: 401 }).end());
    expect((await steady({ token: "t" })(server.url, post)).status).toBe(401);
    expect(server.requests.map(({ headers }) => headers.get("Authorization"))).toEqual([
      "Bearer t",
    ]);
  });
});

test("the headers and other members of the request are sent with the later ones", async () => {
  const server = await serve((script) => {
    script.send(script.method === "POST" ? answer.slice(0, 100) : after(script.lastEventId)).end();
  });
  const seen: (RequestInit | undefined)[] = [];
  const fetch = steady({
    fetch: (input, init) => {
      seen.push(init);
      return globalThis.fetch(input, init);
    },
  });
  const headers = { "X-Key": "k", "Content-Type": "application/json", Accept: "application/json" };
  const init = { ...post, headers, keepalive: false };
  const request = new Request(server.url, init);
  await (await fetch(server.url, init)).text();
  await (await fetch(request)).text();
  for (const at of [1, 3]) {
    const { headers: sent, method } = server.requests[at]!;
    expect([method, sent.get("X-Key"), sent.get("Accept")]).toEqual([
      "GET",
      "k",
      "text/event-stream",
    ]);
    expect([sent.get("Content-Type"), sent.get("Content-Length")]).toEqual([null, null]);
  }
  expect(seen[0]).toBe(init);
  expect(seen[1]).toMatchObject({ keepalive: false, body: null });
});

test("impossible options throw at once", () => {
  expect(() => steadyFetch({ node: {} } as never)).toThrow(/steadyFetch has no option node/);
  expect(() => steadyFetch({ retry: false })).toThrow(/resume needs a retry/);
  expect(() => steadyFetch({ retry: { factor: 0 } })).toThrow(/factor/);
  expect(() => steadyFetch({ onStatus: 3 as never })).toThrow(/onStatus must be a function/);
  expect(steadyFetch({ retry: quick })).toBeTypeOf("function");
});
