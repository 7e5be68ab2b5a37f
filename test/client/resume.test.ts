// `resume`, where a function of the user's, a redirect or another answer comes between.
import type { FeedEvent, FeedOptions, FeedStatus, Resumption } from "@steadfeed/client";
import { steadyFetch } from "@steadfeed/client/fetch";
import { describe, expect, test } from "vitest";
import { kindsOf, lastOf } from "../support/collect.ts";
import { fakeClock, pass, settle, Wire, wired, type Serve } from "../support/wire.ts";

fakeClock();

const words = ["A", "feed", "keeps", "its", "place"];
const plain = (...parts: string[]): string => parts.map((part) => `data: ${part}\n\n`).join("");

/** The answer to a POST, read by one subscription. */
function reading(serve: Serve, options: FeedOptions, filter?: (event: FeedEvent) => boolean) {
  const it = wired(serve, { method: "POST", body: "?", ...options });
  const got: string[] = [];
  it.feed.subscribe("*", ({ data }) => void got.push(data), filter ? { filter } : {});
  const asked = (): string[] => it.wire.requests.map(({ method, url }) => `${method} ${url}`);
  return { ...it, got, asked };
}

describe("an event whose filter stops the feed is redelivered", () => {
  const ways: [string, Omit<Resumption, "url">][] = [
    ["the cursor is made of the data", { cursor: (last) => last?.data }],
    ["the answer is replayed", { replay: "from-start" }],
  ];
  for (const [name, how] of ways) {
    test.for(["reconnect", "pause"] as const)(`by %s(), where ${name}`, async (stop) => {
      let isFirst = true;
      const { feed, got } = reading(
        (request, number) => {
          const after = words.indexOf(request.headers.get("Last-Event-ID") ?? "");
          const sent = number === 1 ? words.slice(0, 3) : words.slice(after + 1);
          request.answer().send(plain(...sent));
        },
        { resume: () => ({ url: "/answer", ...how }) },
        ({ data }) => {
          if (data === "feed" && isFirst) {
            isFirst = false;
            feed[stop]();
          }
          return true;
        },
      );
      await settle();
      feed.resume();
      await settle();
      expect(got).toEqual(words);
    });
  }
});

describe("a replay that is another answer ends the feed at once", () => {
  const replay = async (before: string, after: string) => {
    const { feed, wire, got } = reading(
      (request, number) =>
        request
          .answer()
          .send(number === 1 ? before : after)
          .end(),
      { resume: () => ({ url: "/answer", replay: "from-start" }) },
    );
    await pass(5000);
    return { end: await feed.closed, got, count: wire.requests.length };
  };
  const failed = { reason: "failed", error: { code: "not-resumable" } };

  test("where it is shorter than the first one", async () => {
    const { end, got, count } = await replay(plain(...words), plain("A", "food", "[DONE]"));
    expect(end).toMatchObject(failed);
    expect([got, count]).toEqual([words, 2]);
  });

  test("where it differs late in many thousand events", async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `word ${at}`);
    for (const at of [0, 1, 5000, 9999]) {
      const { end, got } = await replay(plain(...many), plain(...many.with(at, "other"), "more"));
      expect(end, `at ${at}`).toMatchObject(failed);
      expect(got).toHaveLength(10_000);
    }
  });

  test("an equal replay of many thousand events is skipped, and new events are delivered", async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `word ${at}`);
    const { got } = reading(
      (request, number) => {
        request.answer().send(plain(...many, ...(number === 1 ? [] : ["more"])));
        if (number === 1) request.end();
      },
      { resume: () => ({ url: "/answer", replay: "from-start" }) },
    );
    await pass(5000);
    expect(got.slice(-2)).toEqual(["word 9999", "more"]);
    expect(got).toHaveLength(10_001);
  });
});

describe("headers and token stay with the first origin where a redirect left it", () => {
  const secrets = { Authorization: "Bearer secret", "X-Key": "k" };
  const serve: Serve = (request, number) => {
    if (number === 1) request.answer({ status: 307, headers: { Location: "http://b.test/ask" } });
    else if (number === 2) request.answer().send("id: 1\ndata: A\n\n").end();
    else request.answer().send("id: 2\ndata: feed\n\n");
  };

  test("of a feed; the cursor goes to its own origin", async () => {
    const { wire, got, asked } = reading(serve, {
      headers: { "X-Key": "k" },
      token: "secret",
      resume: () => ({ url: "/answer" }),
    });
    await pass(2000);
    expect([got, asked()[2]]).toEqual([["A", "feed"], "GET http://b.test/answer"]);
    expect(wire.requests[0]!.headers.get("Authorization")).toBe(secrets.Authorization);
    for (const name of Object.keys(secrets)) expect(wire.last.headers.get(name), name).toBeNull();
    expect(wire.last.lastEventId).toBe("1");
  });

  test("of a steady fetch, whose platform follows by itself", async () => {
    const wire = new Wire((request, number) => serve(request, number + 1));
    const fetch = steadyFetch({
      async fetch(url, init) {
        const response = await wire.fetch(url as string, init as never);
        if (wire.requests.length > 1) return response as Response;
        return Object.defineProperties(response as Response, {
          url: { value: "http://b.test/ask" },
          redirected: { value: true },
        });
      },
      resume: () => ({ url: "/answer" }),
      until: ({ data }) => data === "feed",
      token: () => "secret",
    });
    const init = { method: "POST", body: "?", headers: { "X-Key": "k" } };
    const response = await fetch("http://wire.test/ask", init);
    const text = response.text();
    await pass(2000);
    expect(await text).toBe("id: 1\ndata: A\n\nid: 2\ndata: feed\n\n");
    expect(wire.last.url).toBe("http://b.test/answer");
    for (const name of Object.keys(secrets)) expect(wire.last.headers.get(name), name).toBeNull();
    expect(wire.last.lastEventId).toBe("1");
  });
});

const never = new Promise<never>(() => undefined);

describe("a function that never answers is reported after 15 s, and every 60 s", () => {
  const cut: Serve = (request) => request.answer().send("id: 1\ndata: A\n\n").end();

  test("resume, until the feed is closed", async () => {
    const { feed, told } = reading(cut, { resume: () => never });
    await pass(14_000);
    expect(kindsOf(told)).not.toContain("still");
    await pass(2000);
    expect(lastOf(told, "still")).toMatchObject({ phase: "request", hint: /resume/ });
    await pass(60_000);
    expect(told.filter(({ kind }) => kind === "still")).toHaveLength(2);
    feed.close();
    await pass(200_000);
    expect(kindsOf(told).at(-1)).toBe("closed");
  });
});

describe("a token function of a steady fetch that never answers", () => {
  const token = () => never;
  const unasked = (): never => {
    throw new Error("It was asked.");
  };

  test("is reported after 15 s, and every 60 s", async () => {
    const told: FeedStatus[] = [];
    const controller = new AbortController();
    const fetch = steadyFetch({ token, fetch: unasked, onStatus: (each) => told.push(each) });
    const asking = fetch("http://wire.test/", { signal: controller.signal }).catch(String);
    await pass(14_000);
    expect(told).toEqual([]);
    await pass(62_000);
    expect(told).toMatchObject([{ kind: "still", phase: "request" }, { kind: "still" }]);
    controller.abort();
    expect(await asking).toContain("AbortError");
  });

  test("ends with the signal, at once", async () => {
    const reason = new Error("no more");
    const controller = new AbortController();
    const fetch = steadyFetch({ token, fetch: unasked });
    const asking = fetch("http://wire.test/", { signal: controller.signal });
    controller.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await expect(fetch("http://wire.test/", { signal: controller.signal })).rejects.toBe(reason);
  });
});

test("an answer of resume that arrives too late has no effect on the newer connection", async () => {
  let late!: (given: Resumption) => void;
  let count = 0;
  const { feed, got } = reading(
    (request, number) => {
      if (number === 1) request.answer().send(plain("A")).end();
      else request.answer().send(plain("feed"));
    },
    {
      resume: () =>
        ++count > 1 ? { url: "/answer" } : new Promise<Resumption>((resolve) => (late = resolve)),
    },
  );
  await settle();
  feed.reconnect();
  await settle();
  late({ url: "/late", replay: "from-start" });
  await settle();
  expect(got).toEqual(["A", "feed"]);
  feed.reconnect();
  await settle();
  expect(got).toEqual(["A", "feed", "feed"]);
});

test("a wrong answer of resume is reported with the field that is wrong", async () => {
  const given: [object | string, string][] = [
    ["/answer", "object with a url"],
    [{ to: "/answer" }, "no option to"],
    [{ url: 7 }, "give a url"],
    [{ url: "/answer", cursor: "body" }, "cursor"],
    [{ url: "/answer", replay: "all" }, "replay"],
  ];
  for (const [each, message] of given) {
    const { feed, told } = reading((request) => request.answer().send("id: 1\ndata: A\n\n").end(), {
      resume: () => each as Resumption,
    });
    await settle();
    await pass(1500);
    const { error } = lastOf(told, "waiting");
    expect(error).toMatchObject({ code: "callback" });
    expect(error.message).toContain(message);
    feed.close();
  }
});
