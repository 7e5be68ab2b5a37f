// One answer that goes on elsewhere after a break: `resume`.
import { Feed, type BrokenAnswer, type FeedOptions, type Resumption } from "@steadfeed/client";
import { SharedFeed } from "@steadfeed/client/shared";
import { SseServer, type Script } from "@steadfeed/client/testing/node";
import { expect, onTestFinished, test, vi } from "vitest";
import { statuses, until } from "../support/collect.ts";

type Play = (script: Script, number: number) => void;

const quick = { initialDelayMs: 5, maxDelayMs: 10 };
const words = ["A", "feed", "keeps", "its", "place"];
const text = (from: number, to: number): string =>
  words
    .slice(from, to)
    .map((word, at) => `id: ${from + at + 1}\ndata: ${word}\n\n`)
    .join("");
/** The answer from its start, without ids. */
const plain = (...parts: string[]): string => parts.map((part) => `data: ${part}\n\n`).join("");

async function server(play: Play): Promise<SseServer> {
  const started = await SseServer.listen(play);
  onTestFinished(() => started.close());
  return started;
}

/** Reads a POST's answer to its end: what came, how it ended, and what was reported. */
async function read(url: string, options: FeedOptions) {
  const feed = new Feed(url, { method: "POST", body: "?", retry: quick, ...options });
  onTestFinished(() => feed.close());
  const told = statuses(feed);
  const got: string[] = [];
  feed.subscribe("*", ({ data }) => void got.push(data));
  const end = await feed.closed;
  return { got, end, told };
}

const asked = ({ requests }: SseServer): string[] =>
  requests.map(({ method, url }) => `${method} ${url}`);
const cursors = ({ requests }: SseServer): (string | undefined)[] =>
  requests.map(({ lastEventId }) => lastEventId);

test("a POST is made once: after each cut a GET with the cursor follows, until the server has no more", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(text(0, 2)).send("id: 3\ndata: kee").delay(30).reset();
    else if (number === 2) script.send(text(2, 4)).end();
    else if (number === 3) script.send(text(4, 5)).truncate();
    else script.answer({ status: 204 });
  });
  const { got, end } = await read(`${answers.url}ask`, { resume: () => ({ url: "/answer" }) });
  expect(got).toEqual(words);
  expect(end).toMatchObject({ reason: "stopped", lastEventId: "5" });
  expect(asked(answers)).toEqual(["POST /ask", "GET /answer", "GET /answer", "GET /answer"]);
  expect(cursors(answers)).toEqual([undefined, "2", "4", "5"]);
});

test("resume is called at each break, with the first request, its response, and the first and latest events", async () => {
  const answers = await server((script, number) => {
    if (number === 1) {
      const headers = { "Content-Type": "text/event-stream", "Content-Location": "/runs/7" };
      script.answer({ headers }).send(text(0, 1)).send(text(1, 2)).end();
    } else script.send(text(2, 5)).end();
  });
  const told: BrokenAnswer[] = [];
  const { got, end } = await read(answers.url, {
    headers: { "X-Key": "k" },
    resume(broken) {
      told.push(broken);
      if (broken.last?.data === "place") return undefined;
      return { url: broken.response.headers.get("Content-Location")! };
    },
  });
  expect([got, end.reason, end.error]).toEqual([words, "ended", undefined]);
  expect(asked(answers)).toEqual(["POST /", "GET /runs/7"]);
  const [first, second] = told;
  expect(told).toHaveLength(2);
  expect(first!.request).toMatchObject({ url: answers.url, method: "POST", body: "?" });
  expect(first!.request.headers.get("X-Key")).toBe("k");
  expect(first!.response).toMatchObject({ status: 200, url: answers.url });
  expect(first).toMatchObject({ first: { data: "A" }, last: { data: "feed", lastEventId: "2" } });
  expect(second).toMatchObject({ first: { data: "A" }, last: { data: "place", id: "5" } });
  expect(second!.response).toBe(first!.response);
});

test("an answer that is cut off and cannot be resumed has failed, with the reason", async () => {
  const answers = await server((script) => void script.send(text(0, 2)).delay(30).reset());
  const { got, end, told } = await read(answers.url, { resume: () => undefined });
  expect(got).toEqual(["A", "feed"]);
  expect(end).toMatchObject({
    reason: "failed",
    error: { code: "not-resumable", cause: { code: "network" }, message: /cannot be resumed: \S/ },
  });
  expect(told.map(({ kind }) => kind)).not.toContain("waiting");
  expect(answers.requests).toHaveLength(1);
});

test("a request refused before any answer is not repeated, and resume is not called", async () => {
  const resume = vi.fn<() => Resumption>(() => ({ url: "/answer" }));
  const answers = await server((script) => void script.answer({ status: 503 }).end());
  const { end } = await read(answers.url, { resume });
  expect(end).toMatchObject({ reason: "failed", error: { status: 503 } });
  expect([resume.mock.calls.length, asked(answers)]).toEqual([0, ["POST /"]]);
});

test("a resumed request that fails temporarily is repeated, with the new result of resume", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(text(0, 2)).end();
    else if (number === 2) script.answer({ status: 503 }).end();
    else script.send(text(2, 5)).end();
  });
  let count = 0;
  const { got } = await read(answers.url, {
    until: ({ data }) => data === "place",
    resume: async () => ({ url: `/${++count}` }),
  });
  expect(got).toEqual(words.slice(0, 4));
  expect(asked(answers)).toEqual(["POST /", "GET /1", "GET /2"]);
});

test("a refused cursor is not left out, since the answer would not be the same", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(text(0, 2)).end();
    else script.answer({ status: 410 }).end();
  });
  const { got, end } = await read(answers.url, { resume: () => ({ url: "/answer" }) });
  expect([got, cursors(answers)]).toEqual([
    ["A", "feed"],
    [undefined, "2"],
  ]);
  expect(end).toMatchObject({ reason: "failed", error: { status: 410 } });
});

test("the cursor may be sent in the query, be computed from the data, or be part of the URL", async () => {
  const data = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word, at) => `data: {"n":${from + at},"word":"${word}"}\n\n`)
      .join("");
  const ask = async (play: Play, resume: FeedOptions["resume"]) => {
    const answers = await server(play);
    const { got, told } = await read(answers.url, { resume });
    expect(got).toHaveLength(5);
    expect(told.map(({ kind }) => kind)).not.toContain("gap");
    const { url, lastEventId } = answers.requests[1]!;
    return [url, lastEventId];
  };
  const parts =
    (make: typeof text): Play =>
    (script, number) =>
      void (number > 2
        ? script.answer({ status: 204 })
        : script.send(number === 1 ? make(0, 2) : make(2, 5)).end());
  const numberOf = ({ last }: BrokenAnswer): number => (JSON.parse(last!.data) as { n: number }).n;
  expect(await ask(parts(text), () => ({ url: "/answer?a=1", cursor: "query" }))).toEqual([
    "/answer?a=1&lastEventId=2",
    undefined,
  ]);
  expect(
    await ask(parts(data), () => ({
      url: "/answer",
      cursor: (last) => String(numberOf({ last } as BrokenAnswer)),
    })),
  ).toEqual(["/answer", "1"]);
  expect(await ask(parts(data), (broken) => ({ url: `/?after=${numberOf(broken)}` }))).toEqual([
    "/?after=1",
    undefined,
  ]);
});

test("a replay from the start is skipped up to the break, apart from comments", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(plain("A", "feed")).send("data: kee").delay(30).reset();
    // Cut within what is skipped: nothing of it counts as new.
    else if (number === 2) script.send(`: again\n\n${plain("A")}`).end();
    else if (number === 3) script.send(plain(...words.slice(0, 4))).end();
    else script.send(plain(...words)).end();
  });
  const { got } = await read(answers.url, {
    resume: ({ last }) =>
      last?.data === "place" ? undefined : { url: "/again", replay: "from-start" },
  });
  expect(got).toEqual(words);
  expect(asked(answers)).toEqual(["POST /", "GET /again", "GET /again", "GET /again"]);
});

test("a replay with ids keeps the cursor, and is requested without it", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(text(0, 3)).end();
    else if (number === 2) script.send(text(0, 1)).delay(30).reset();
    else script.send(text(0, 5)).stall();
  });
  const feed = new Feed(answers.url, {
    method: "POST",
    retry: quick,
    resume: () => ({ url: "/again", replay: "from-start" }),
  });
  onTestFinished(() => feed.close());
  const ids: string[] = [];
  feed.subscribe("*", ({ lastEventId }) => void ids.push(lastEventId));
  await until(() => expect(ids).toEqual(["1", "2", "3", "4", "5"]));
  expect(cursors(answers)).toEqual([undefined, undefined, undefined]);
});

test.for([
  ["another word", plain("A", "food", "keeps")],
  ["another type", `${plain("A")}event: word\n${plain("feed", "keeps")}`],
  ["one event cut in two", `data: A\n\ndata: fe\n\ndata: ed\n\n`],
])("a replay with %s than before ends the feed, and none of it is delivered", async ([, other]) => {
  const answers = await server(
    (script, number) => void script.send(number === 1 ? plain("A", "feed") : other!).end(),
  );
  const { got, end } = await read(answers.url, {
    resume: () => ({ url: "/again", replay: "from-start" }),
  });
  expect(got).toEqual(["A", "feed"]);
  expect(end).toMatchObject({ reason: "failed", error: { code: "not-resumable" } });
  expect(answers.requests).toHaveLength(2);
});

test("headers are computed again; those of the body stay with it", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(text(0, 2)).end();
    else script.send(text(2, 5)).end();
  });
  let count = 0;
  await read(answers.url, {
    headers: () => ({ "X-Key": `k${++count}`, "Content-Type": "application/json" }),
    token: () => `t${count}`,
    resume: ({ last }) => (last?.id === "5" ? undefined : { url: "/answer" }),
  });
  const [post, get] = answers.requests.map(({ headers }) => headers);
  expect(post!.get("Content-Type")).toBe("application/json");
  expect(get!.get("X-Key")).toBe("k2");
  expect(get!.get("Authorization")).toBe("Bearer t2");
  expect([get!.get("Content-Type"), get!.get("Content-Length")]).toEqual([null, null]);
});

test("headers, token and cursor stay with the first origin, unless resume returns headers", async () => {
  const elsewhere = await server((script) => void script.send(text(2, 3)).end());
  const answers = await server((script) => void script.send(text(0, 2)).end());
  let count = 0;
  const { got, told } = await read(answers.url, {
    headers: { "X-Key": "k" },
    token: "secret",
    resume() {
      if (++count > 2) return undefined;
      return {
        url: elsewhere.url,
        ...(count === 2 && { headers: { Authorization: "Bearer own" } }),
      };
    },
  });
  expect(got).toEqual(["A", "feed", "keeps", "keeps"]);
  expect(told).toContainEqual(expect.objectContaining({ kind: "gap", reason: "redirected" }));
  const [without, given] = elsewhere.requests;
  for (const name of ["X-Key", "Authorization", "Last-Event-ID"])
    expect(without!.headers.get(name), name).toBeNull();
  expect(given!.headers.get("Authorization")).toBe("Bearer own");
  expect([given!.headers.get("X-Key"), given!.lastEventId]).toEqual([null, "3"]);
});

test("a resume function that throws is reported, and called again after a delay", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(text(0, 2)).end();
    else script.send(text(2, 5)).end();
  });
  let count = 0;
  const { got, told } = await read(answers.url, {
    async resume({ last }) {
      if (last?.id === "5") return undefined;
      if (++count < 3) throw new Error("not yet");
      return { url: "/answer" };
    },
  });
  expect(got).toEqual(words);
  const waits = told.filter(({ kind }) => kind === "waiting");
  expect(waits).toContainEqual(
    expect.objectContaining({
      error: expect.objectContaining({
        code: "callback",
        message: expect.stringContaining("not yet"),
      }),
    }),
  );
  expect(answers.requests).toHaveLength(2);
});

test("a feed that reads one answer is closed when its last reader leaves", async () => {
  const answers = await server((script) => void script.send(text(0, 3)).stall());
  const feed = new Feed(answers.url, { method: "POST", resume: () => ({ url: "/answer" }) });
  for await (const { data } of feed) if (data === "feed") break;
  expect(await feed.closed).toMatchObject({ reason: "closed" });
});

test("reconnect uses resume, and does not repeat the first request", async () => {
  const answers = await server((script, number) => {
    if (number === 1) script.send(text(0, 2)).stall();
    else script.send(text(2, 5)).stall();
  });
  const feed = new Feed(answers.url, { method: "POST", resume: () => ({ url: "/answer" }) });
  onTestFinished(() => feed.close());
  const got: string[] = [];
  feed.subscribe("*", ({ data }) => void got.push(data));
  await until(() => expect(got).toHaveLength(2));
  feed.reconnect();
  await until(() => expect(got).toEqual(words));
  expect(asked(answers)).toEqual(["POST /", "GET /answer"]);
});

test("impossible options throw at once", () => {
  const resume = (): undefined => undefined;
  expect(() => new Feed("http://a/", { resume, retry: false })).toThrow(/resume needs a retry/);
  expect(() => new SharedFeed("http://a/", { resume, key: "k" })).toThrow(/has no resume/);
  expect(() => new Feed("http://a/", { resume: {} as never })).toThrow(/resume must be a function/);
});
