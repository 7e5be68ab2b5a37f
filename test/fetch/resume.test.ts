// What the reader of a steady fetch gets of an answer that breaks.
import { FeedError, steadyFetch, type FeedStatus } from "@steadfeed/client/fetch";
import { describe, expect, test } from "vitest";
import { after, answer, asked, post, quick, serve, steady } from "./support.ts";

const bytes = Buffer.from(answer);

describe("an answer that is cut", () => {
  test("by a reset, a clean end and a stall arrives complete, byte for byte, after one request to the model", async () => {
    const server = await serve((script, number) => {
      const rest = Buffer.from(after(script.lastEventId));
      script.send(rest.subarray(0, number > 3 ? rest.length : 50));
      if (number === 1) script.delay(30).reset();
      else if (number === 2) script.end();
      else if (number === 3) script.stall();
    });
    const fetch = steady({ timeouts: { idleMs: 100 } });
    const response = await fetch(server.url, post);
    expect(await response.text()).toBe(answer);
    expect(asked(server)).toEqual(["POST /", "GET /answer", "GET /answer", "GET /answer"]);
  });

  test.for([
    ["cleanly", "end"],
    ["by a close", "truncate"],
    ["by a reset", "reset"],
  ] as const)("by %s at any byte arrives complete, byte for byte", async ([, how]) => {
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      const server = await serve((script, number) => {
        if (number > 1) script.send(after(script.lastEventId)).end();
        else {
          script
            .answer()
            .send(bytes.subarray(0, cut))
            .delay(how === "reset" ? 15 : 0);
          script[how]();
        }
      });
      const response = await steady()(server.url, post);
      expect(await response.text(), `cut at ${cut}`).toBe(answer);
      await server.close();
    }
  });

  test("is passed on in the server's chunks, up to the latest complete event", async () => {
    const server = await serve((script, number) => {
      const rest = after(script.lastEventId);
      const cuts = Array.from({ length: Buffer.from(rest).length - 1 }, (_, at) => at + 1);
      script
        .send(number === 1 ? rest.slice(0, 120) : rest, ...cuts.slice(0, number === 1 ? 110 : 400))
        .end();
    });
    const response = await steady()(server.url, post);
    expect(await response.text()).toBe(answer);
  });

  test("may be replayed from the start: bytes already passed on are compared and skipped, comments too", async () => {
    for (let cut = 0; cut <= bytes.length; cut += 5) {
      const server = await serve((script, number) => {
        if (number === 1) script.answer().send(bytes.subarray(0, cut)).end();
        else if (number === 2)
          script
            .answer()
            .send(bytes.subarray(0, cut >> 1))
            .end();
        else script.send(answer).end();
      });
      const fetch = steady({ resume: () => ({ url: "/answer", replay: "from-start" }) });
      expect(await (await fetch(server.url, post)).text(), `cut at ${cut}`).toBe(answer);
      expect(server.requests.at(-1)!.lastEventId).toBeUndefined();
      await server.close();
    }
  });

  test("has its byte order mark once, at its start", async () => {
    const server = await serve(
      (script) => void script.send(`\uFEFF${after(script.lastEventId).slice(0, 90)}`).end(),
    );
    const fetch = steady();
    const got = Buffer.from(await (await fetch(server.url, post)).arrayBuffer());
    expect(got.toString()).toBe(`\uFEFF${answer}`);
  });

  test("resumes by the cursor without resume, if it was requested by GET", async () => {
    const server = await serve((script, number) => {
      if (number === 1) script.answer().reset();
      else if (number === 2) script.send(answer.slice(0, 80)).end();
      else script.send(after(script.lastEventId)).end();
    });
    const fetch = steadyFetch({ retry: quick, until: ({ data }) => data === "[DONE]" });
    const response = await fetch(`${server.url}stream?a=1`);
    expect(await response.text()).toBe(answer);
    expect(asked(server)).toEqual(Array(3).fill("GET /stream?a=1"));
    expect(server.requests.map(({ lastEventId }) => lastEventId)).toEqual([
      undefined,
      undefined,
      "1",
    ]);
  });

  test("is complete when the server marked its end", async () => {
    const text = `id: 1\ndata: A\n\nid: 2\nevent: steadfeed.end\n\n`;
    const server = await serve((script) => void script.send(text).stall());
    expect(await (await steady()(server.url, post)).text()).toBe(text);
  });

  test("ends cleanly if resume returns no request", async () => {
    const text = "data: A\n\n: bye\n";
    const server = await serve((script) => void script.send(text).end());
    const fetch = steady({ until: undefined, resume: () => undefined });
    expect(await (await fetch(server.url, post)).text()).toBe(text);
  });
});

/** What the body failed with, and what came before. */
async function failure(response: Response): Promise<{ error: unknown; text: string }> {
  let text = "";
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true });
  } catch (error) {
    return { error, text };
  }
  throw new Error(`It ended: ${text}`);
}

describe("an answer that cannot be resumed errors its body, after its complete events", () => {
  const cutOff = "data: A\n\ndata: fe";

  test.for(["reset", "truncate", "end"] as const)(
    "a POST without resume, cut by %s",
    async (how) => {
      const server = await serve((script) => void script.send(cutOff).delay(20)[how]());
      const { error, text } = await failure(await steadyFetch()(server.url, post));
      expect(text).toBe("data: A\n\n");
      expect(error).toBeInstanceOf(FeedError);
      expect(error).toMatchObject(
        how === "end" ? { code: "network" } : { code: "not-resumable", cause: { code: "network" } },
      );
      expect(server.requests).toHaveLength(1);
    },
  );

  test("one that ends in order before the event that until waits for", async () => {
    const server = await serve((script) => void script.send("data: A\n\n").end());
    const { error } = await failure(await steady({ resume: () => undefined })(server.url, post));
    expect(error).toMatchObject({
      code: "not-resumable",
      message: expect.stringContaining("until"),
    });
  });

  test.for([
    ["a 204 before the last event", { status: 204 }],
    ["a refusal", { status: 410 }],
    ["another type of content", { status: 200, headers: { "Content-Type": "text/html" } }],
  ] as const)("%s", async ([, head]) => {
    const server = await serve(
      (script, number) =>
        void (number === 1 ? script.send("id: 1\ndata: A\n\n").end() : script.answer(head).end()),
    );
    const { error, text } = await failure(await steady()(server.url, post));
    expect(text).toBe("id: 1\ndata: A\n\n");
    expect(error).toBeInstanceOf(FeedError);
  });

  test("a replay with different content", async () => {
    const server = await serve(
      (script, number) =>
        void script
          .send(number === 1 ? "data: A\n\ndata: feed\n\n" : "data: A\n\ndata: food\n\ndata: x\n\n")
          .end(),
    );
    const fetch = steady({ resume: () => ({ url: "/answer", replay: "from-start" }) });
    const { error, text } = await failure(await fetch(server.url, post));
    expect([text, (error as FeedError).code]).toEqual([
      "data: A\n\ndata: feed\n\n",
      "not-resumable",
    ]);
  });

  test("a server that does not return, once the retries are used up", async () => {
    const server = await serve(
      (script) => void script.send("id: 1\ndata: A\n\n").delay(20).reset(),
    );
    const fetch = steady({ retry: { ...quick, maxAttempts: 2 } });
    const response = await fetch(server.url, post);
    const reading = failure(response);
    await server.requests[0]!.done;
    await server.kill();
    expect((await reading).error).toMatchObject({ code: "network" });
  });

  test("an event that is too large", async () => {
    const server = await serve(
      (script) => void script.send(`data: ${"x".repeat(2000)}\n\n`).stall(),
    );
    const { error } = await failure(await steady({ maxEventBytes: 1000 })(server.url, post));
    expect(error).toMatchObject({ code: "too-large" });
  });
});

test("onStatus receives waits, gaps and the end; an error that it throws is harmless", async () => {
  const gap = `event: steadfeed.gap\ndata: {"reason":"trimmed","from":"1"}\nid: 2\n\n`;
  const server = await serve(
    (script, number) =>
      void script.send(number === 1 ? "id: 1\ndata: A\n\n" : `${gap}data: [DONE]\n\n`).end(),
  );
  const told: FeedStatus[] = [];
  const fetch = steady({
    onStatus(status) {
      told.push(status);
      if (status.kind === "waiting") throw new Error("ours");
    },
  });
  expect(await (await fetch(server.url, post)).text()).toContain("trimmed");
  expect(told.map(({ kind }) => kind)).toEqual([
    "connecting",
    "open",
    "waiting",
    "connecting",
    "open",
    "gap",
    "closed",
  ]);
  expect(told[5]).toMatchObject({ reason: "trimmed", lastEventId: "1" });
  expect(told[6]).toMatchObject({ reason: "ended", lastEventId: "2" });
});
