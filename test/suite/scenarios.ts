// What a feed must do in every runtime. One file for all of them: `scenarios` has what a user would lose by its name.
import { Channel, Client, Feed, FeedError, type FeedEvent } from "@steadfeed/client";
import { EventSource } from "@steadfeed/client/eventsource";
import { readEvents } from "@steadfeed/parser";
import { fetching } from "./fetching.ts";
import { same, until, type Stage } from "./stage.ts";

type Scenario = (stage: Stage) => Promise<void>;

/** The floor of what a server may ask for is 250 ms; without its word retries are faster. */
const quick = { retry: { initialDelayMs: 20, jitter: "none" } } as const;

const dataOf = (feed: Feed, type = "*"): string[] => {
  const data: string[] = [];
  feed.subscribe(type, (event) => void data.push(event.data));
  return data;
};
const lengthOf = (list: readonly unknown[], length: number): Promise<void> =>
  until(() => list.length >= length, `${length} have come`);
const events = (...ids: (string | number)[]): string =>
  ids.map((id) => `id: ${id}\ndata: ${id}\n\n`).join("");

const receiving: Record<string, Scenario> = {
  "a callback gets every event, whole and in order, however the bytes are cut": async (stage) => {
    await stage.script({
      body: "event: tick\ndata: one\n\nevent: tick\ndata: two\ndata: lines\n\n",
    });
    const feed = new Feed(stage.url);
    const got: FeedEvent[] = [];
    feed.subscribe("tick", (event) => void got.push(event));
    await lengthOf(got, 2);
    const bytes = new TextEncoder().encode("event: tick\r\nid: 3\r\ndata: ✓ 日本 🎉\r\n\r\n");
    // In the middle of a character, and between CR and LF.
    for (const [from, to] of [
      [0, 28],
      [28, 41],
      [41, -1],
      [-1, undefined],
    ] as const) {
      await stage.send(bytes.slice(from, to));
    }
    await lengthOf(got, 3);
    feed.close();
    same(got, [
      { type: "tick", data: "one", lastEventId: "" },
      { type: "tick", data: "two\nlines", lastEventId: "" },
      { type: "tick", data: "✓ 日本 🎉", lastEventId: "3", id: "3" },
    ]);
  },

  "for await ends with break, which closes the connection": async (stage) => {
    await stage.script({ body: events(1, 2, 3) });
    const feed = new Feed(stage.url);
    const got: string[] = [];
    for await (const { data } of feed.subscribe("message")) {
      got.push(data);
      if (data === "2") break;
    }
    same(got, ["1", "2"]);
    same(feed.state, "idle");
    await stage.left();
  },

  "a channel collects what several subscriptions get": async (stage) => {
    await stage.script({ body: "event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: c\ndata: 3\n\n" });
    const feed = new Feed(stage.url);
    const channel = new Channel<FeedEvent>();
    feed.subscribe("a", channel);
    feed.subscribe(["b", "none"], channel);
    const got = [await channel.receive(), await channel.receive()];
    feed.close();
    same(
      got.map(({ value }) => value?.type),
      ["a", "b"],
    );
  },

  "typed events arrive decoded, and invalid data is reported": async (stage) => {
    await stage.script({ body: 'event: tick\ndata: no\n\nevent: tick\ndata: {"eur":1}\n\n' });
    const schema = {
      "~standard": {
        validate: (value: unknown) =>
          typeof (value as { eur: unknown }).eur === "number"
            ? { value: value as { eur: number } }
            : { issues: [{ message: "no price" }] },
      },
    };
    const feed = new Feed(stage.url, { events: { tick: schema } });
    const invalid: string[] = [];
    feed.on("invalid", ({ raw }) => invalid.push(raw));
    const { data } = await feed.once("tick");
    feed.close();
    same([data.eur, invalid], [1, ["no"]]);
  },

  "a compressed stream is read as it arrives": async (stage) => {
    await stage.script({ gzip: true, body: "data: small\n\n", after: "end" });
    const feed = new Feed(stage.url);
    const { data } = await feed.once("message");
    feed.close();
    same(data, "small");
  },

  "a stream of many events waits for a slow reader, and arrives complete": async (stage) => {
    const count = 4000;
    const line = "x".repeat(1000);
    const body = events(...Array.from({ length: count }, (_, n) => `${n}${line}`));
    await stage.script({ body });
    const feed = new Feed(stage.url);
    let slow = 0;
    feed.on("slow", () => slow++);
    const slowly = feed.subscribe("message", { capacity: 10 });
    await until(() => slow > 0, "the feed says that it waits");
    // Time for all 8 MB to come, if nothing stopped it. Chromium reads up to 2 MB at once, and two reads are on their way.
    for (let n = 0; n < 20; n++) await stage.seen();
    const before = feed.stats.bytes;
    let next = 0;
    while (next < count) {
      const { value } = await slowly.next();
      if (value?.data !== `${next}${line}`) throw new Error(`${next} is missing.`);
      next++;
    }
    feed.close();
    same([before < body.length * 0.75, feed.stats.dropped], [true, 0]);
  },

  "the parser reads a response of fetch": async (stage) => {
    await stage.script({ body: events(1, 2), after: "end" });
    const got: string[] = [];
    for await (const { data } of readEvents(await fetch(stage.url))) got.push(data);
    same(got, ["1", "2"]);
  },
};

const resuming: Record<string, Scenario> = {
  "a reader whose connection dies gets the missed events, once": async (stage) => {
    const feed = new Feed(stage.stream, quick);
    const got = dataOf(feed, "tick");
    const gaps: string[] = [];
    feed.on("gap", ({ reason }) => gaps.push(reason));
    await feed.open();
    for (const data of ["1", "2"]) {
      await stage.publish(data);
      await until(() => got.at(-1) === data, `${data} has come`);
      await stage.cut();
      await stage.publish(`behind ${data}`);
      await until(() => got.at(-1) === `behind ${data}`, `what is behind ${data} has come`);
    }
    feed.close();
    same([got, gaps], [["1", "behind 1", "2", "behind 2"], []]);
  },

  "a non-ASCII id is a valid cursor": async (stage) => {
    const id = `clé ✓ 日本 ${crypto.randomUUID()}`;
    const feed = new Feed(stage.stream, quick);
    const got = dataOf(feed);
    const from: string[] = [];
    feed.on("open", ({ resumedFrom }) => from.push(resumedFrom));
    await feed.open();
    await stage.publish("with id", { id });
    await lengthOf(got, 1);
    await stage.cut();
    await stage.publish("behind it");
    await lengthOf(got, 2);
    feed.close();
    same(
      [got, from],
      [
        ["with id", "behind it"],
        ["", id],
      ],
    );
  },

  "a gap is reported, and not delivered as an event": async (stage) => {
    await stage.script({
      body: 'id: 7\nevent: steadfeed.gap\ndata: {"reason":"trimmed","from":"3"}\n\nid: 8\ndata: 8\n\n',
    });
    const feed = new Feed(stage.url, { lastEventId: "3" });
    const gaps: unknown[] = [];
    feed.on("gap", ({ reason, lastEventId }) => gaps.push([reason, lastEventId]));
    const got = dataOf(feed);
    await lengthOf(got, 1);
    feed.close();
    same([gaps, got], [[["trimmed", "3"]], ["8"]]);
    same((await stage.seen())[0]?.headers["last-event-id"], "3");
  },

  "a paused feed leaves the server, and resumes where it was": async (stage) => {
    await stage.script({ body: events(1, 2) }, { body: events(3) });
    const feed = new Feed(stage.url, quick);
    const got = dataOf(feed);
    await lengthOf(got, 2);
    feed.pause();
    await stage.left();
    same(feed.state, "paused");
    feed.resume();
    await lengthOf(got, 3);
    feed.close();
    same(got, ["1", "2", "3"]);
    same((await stage.seen())[1]?.headers["last-event-id"], "2");
  },

  "each named stream of a client has a connection and events of its own": async (stage) => {
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
    const client = new Client(stage.broker, { lingerMs: 0 });
    const got: string[] = [];
    for (const stream of [a, b]) {
      client.subscribe(stream, ({ data }) => void got.push(data));
      client.subscribe(stream, () => undefined);
      await client.feed(stream).open();
      await stage.publish(stream === a ? "to a" : "to b", { stream });
    }
    await lengthOf(got, 2);
    same([got.toSorted(), client.feed(a).stats.opened], [["to a", "to b"], 1]);
    client.close();
  },
};

const failing: Record<string, Scenario> = {
  "an overloaded server is retried after its Retry-After": async (stage) => {
    await stage.script({ status: 503, headers: { "Retry-After": "1" } }, { body: events(1) });
    const feed = new Feed(stage.url, quick);
    const waits: unknown[] = [];
    feed.on("waiting", ({ delayMs, error }) => waits.push([delayMs >= 20, error.status]));
    const { data } = await feed.once("message");
    feed.close();
    same([data, waits], ["1", [[true, 503]]]);
  },

  "retry: sets the delay, with a minimum of a quarter of a second": async (stage) => {
    await stage.script({ body: `retry: 0\n\n${events(1)}`, after: "end" }, { body: events(2) });
    const feed = new Feed(stage.url, quick);
    const waits: number[] = [];
    feed.on("waiting", ({ delayMs }) => waits.push(delayMs));
    await lengthOf(dataOf(feed), 2);
    feed.close();
    same(
      waits.map((delayMs) => delayMs >= 250),
      [true],
    );
  },

  "a refusal is fatal, with the reason": async (stage) => {
    await stage.script({ status: 404 });
    const feed = new Feed(stage.url, quick);
    const error: unknown = await feed.open().catch((thrown: unknown) => thrown);
    if (!(error instanceof FeedError)) throw new Error(`${String(error)} is no FeedError.`);
    const { reason } = await feed.closed;
    same([error.code, error.status, reason, feed.stats.attempts], ["status", 404, "failed", 1]);
  },

  "an answer that is not an event stream is fatal, with the reason": async (stage) => {
    await stage.script({ headers: { "Content-Type": "text/html" }, body: "<p>", after: "end" });
    const feed = new Feed(stage.url, quick);
    feed.subscribe("message", () => undefined);
    const { reason, error } = await feed.closed;
    same([reason, (error as FeedError).code], ["failed", "content-type"]);
  },

  "204 closes a feed": async (stage) => {
    await stage.script({ status: 204, after: "end" });
    const feed = new Feed(stage.url, quick);
    feed.subscribe("message", () => undefined);
    same((await feed.closed).reason, "stopped");
  },

  "a server that is not running is reported with the reason, and retried": async () => {
    const feed = new Feed("http://127.0.0.1:61234/");
    const error = (await feed.open().catch((thrown: unknown) => thrown)) as FeedError;
    same([error.code, feed.state], ["network", "waiting"]);
    feed.close();
  },

  "a refused token is requested again, once": async (stage) => {
    await stage.script({ status: 401 }, { body: events(1) });
    let asked = 0;
    const feed = new Feed(stage.url, { ...quick, token: () => `token ${++asked}` });
    await feed.once("message");
    feed.close();
    same(
      (await stage.seen()).map(({ headers }) => headers["authorization"]),
      ["Bearer token 1", "Bearer token 2"],
    );
  },
};

const ending: Record<string, Scenario> = {
  "after close() in a callback nothing more is delivered, even from the same chunk": async (
    stage,
  ) => {
    await stage.script({ body: events(1, 2, 3) });
    const feed = new Feed(stage.url);
    const got: string[] = [];
    feed.subscribe("*", ({ data }) => {
      got.push(data);
      if (data === "2") feed.close();
    });
    const { reason, lastEventId } = await feed.closed;
    await stage.left();
    same([got, reason, lastEventId], [["1", "2"], "closed", "2"]);
  },

  "an aborted signal closes a feed and its connection": async (stage) => {
    await stage.script({ body: events(1) });
    const controller = new AbortController();
    const feed = new Feed(stage.url, { signal: controller.signal });
    await feed.once("message");
    await feed.open();
    controller.abort();
    same((await feed.closed).reason, "aborted");
    await stage.left();
  },

  "a callback that throws is reported, and affects no other": async (stage) => {
    await stage.script({ body: events(1, 2) });
    const feed = new Feed(stage.url);
    const errors: string[] = [];
    feed.on("error", ({ error }) => errors.push(error.code));
    feed.subscribe("*", () => {
      throw new Error("mine");
    });
    const got = dataOf(feed);
    await lengthOf(got, 2);
    feed.close();
    same(
      [got, errors],
      [
        ["1", "2"],
        ["callback", "callback"],
      ],
    );
  },

  "drain() delivers the received events, then closes": async (stage) => {
    await stage.script({ body: events(1, 2, 3) });
    const feed = new Feed(stage.url);
    const iterator = feed.subscribe("message");
    await until(() => feed.stats.events === 3, "all were received");
    const drained = feed.drain();
    const got: string[] = [];
    for await (const { data } of iterator) got.push(data);
    await drained;
    same([got, feed.state], [["1", "2", "3"], "closed"]);
  },

  "one answer to a POST ends as ended, and is not requested again": async (stage) => {
    await stage.script({ body: "data: a\n\ndata: b\n\ndata: [DONE]\n\n", after: "end" });
    const feed = new Feed(stage.url, {
      method: "POST",
      body: () => "question",
      headers: { "Content-Type": "text/plain", "X-App": "suite" },
      retry: false,
      until: ({ data }) => data === "[DONE]",
    });
    const got: string[] = [];
    for await (const { data } of feed) got.push(data);
    same([got, (await feed.closed).reason], [["a", "b"], "ended"]);
    const seen = await stage.seen();
    same(
      seen.map(({ method, body, headers }) => [method, body, headers["x-app"], headers["accept"]]),
      [["POST", "question", "suite", "text/event-stream"]],
    );
  },

  "the standard's EventSource opens, dispatches, resumes at its cursor, and closes": async (
    stage,
  ) => {
    await stage.script({ body: `retry: 250\n\n${events(1)}event: tick\ndata: 2\n\n` });
    const source = new EventSource(stage.url);
    const got: unknown[] = [];
    source.addEventListener("open", () => got.push("open"));
    source.addEventListener("error", () => got.push(source.readyState));
    source.addEventListener("message", ({ data, lastEventId }) => got.push([data, lastEventId]));
    source.addEventListener("tick", ({ data }) => got.push(data));
    await lengthOf(got, 3);
    await stage.end();
    await lengthOf(got, 7);
    source.close();
    await stage.left();
    same(got, ["open", ["1", "1"], "2", 0, "open", ["1", "1"], "2"]);
    same((await stage.seen())[1]?.headers["last-event-id"], "1");
  },
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  ...receiving,
  ...resuming,
  ...failing,
  ...ending,
  ...fetching,
};
