import { describe, expect, test, vi } from "vitest";
import { Intake, type Reader } from "../../packages/client/src/feed/intake.ts";
import type { FeedError, OpenInfo } from "@steadfeed/client";
import { fakeClock, pass, settle } from "../support/wire.ts";

fakeClock();

/** Lets the event loop turn. */
const turn = (): Promise<void> => pass(1);

const info: OpenInfo = {
  url: "http://wire.test/",
  status: 200,
  headers: new Headers(),
  attempt: 3,
  resumedFrom: "",
};

/** An intake with an open stream, and everything it says in order. */
function opened(options: { maxEventBytes?: number; lastEventId?: string } = {}) {
  const said: string[] = [];
  const reader: Reader = {
    event: ({ data }) => void said.push(`event ${data}`),
    comment: (text) => said.push(`comment ${text}`),
    retry: (ms) => said.push(`retry ${ms}`),
    id: (id) => said.push(`id ${id}`),
    moved: (id) => said.push(`moved ${id}`),
    paused: (paused) => said.push(paused ? "paused" : "goes on"),
  };
  const stream = {
    pause: () => void said.push("stop the socket"),
    resume: () => void said.push("start the socket"),
    finish: vi.fn<(error?: FeedError) => void>(),
  };
  const { maxEventBytes = 1000, lastEventId = "" } = options;
  const intake = new Intake(reader, { maxEventBytes });
  intake.open(info, stream, lastEventId);
  const send = (text: string): void => intake.bytes(new TextEncoder().encode(text));
  return { intake, send, said, reader, stream };
}

test("bytes become events, comments, delays and a moving cursor, at once", () => {
  const { send, said } = opened();
  send("id: 7\ndata: a\n\n: hi\nretry: 5\n");
  send("id: 8\n\n");
  expect(said).toEqual(["id 7", "event a", "comment hi", "retry 5", "moved 7", "id 8", "moved 8"]);
});

test("events without an id carry the one that the feed resumes from", () => {
  const { intake, said, reader } = opened({ lastEventId: "7" });
  const event = vi.spyOn(reader, "event");
  intake.bytes(new TextEncoder().encode("data: a\n\n"));
  expect(event).toHaveBeenCalledWith({ type: "message", data: "a", lastEventId: "7" });
  expect(said.at(-1)).toBe("moved 7");
});

describe("while held", () => {
  test("the chunk at hand is finished, the next one kept, and the socket stopped when the loop turns", async () => {
    const { intake, send, said, reader } = opened();
    reader.event = ({ data }) => {
      said.push(`event ${data}`);
      intake.hold("full");
    };
    send("data: 1\n\ndata: 2\n\n");
    expect(said).toEqual(["event 1", "event 2", "moved "]);
    await turn();
    expect(said).toHaveLength(3);
    send("data: 3\n\n");
    send("data: 4\n\n");
    expect(said).toHaveLength(3);
    await turn();
    send("data: 5\n\n");
    await turn();
    expect(said.slice(3)).toEqual(["paused", "stop the socket"]);
  });

  test("a consumer that is done before the loop turns never stops the socket, in however many chunks it comes", async () => {
    const { intake, send, said } = opened();
    for (let burst = 0; burst < 5; burst++) {
      intake.hold("full");
      for (let chunk = 0; chunk < 50; chunk++) send("data: x\n\n");
      intake.release("full");
      await settle();
      await turn();
    }
    expect(said.filter((each) => each.startsWith("event"))).toHaveLength(250);
    expect(said).not.toContain("paused");
  });

  test("a burst that is too much for memory stops the socket at once", () => {
    const { intake, send, said } = opened({ maxEventBytes: 1e9 });
    intake.hold("full");
    for (let sent = 0; sent < 300; sent++) send(`data: ${"x".repeat(1000)}\n\n`);
    expect(said).toEqual(["paused", "stop the socket"]);
  });

  test("released: what was kept comes first, in order, then the socket starts, then the rest", async () => {
    const { intake, send, said } = opened();
    intake.hold("full");
    send("data: 1\n\nda");
    send("ta: 2\n\n");
    await turn();
    intake.release("full");
    expect(said, "not within the call").toEqual(["paused", "stop the socket"]);
    await settle();
    expect(said.slice(2)).toEqual([
      "event 1",
      "moved ",
      "event 2",
      "moved ",
      "goes on",
      "start the socket",
    ]);
    send("data: 3\n\n");
    expect(said.at(-2)).toBe("event 3");
  });

  test("bytes that come between release and the microtask do not overtake what was kept", async () => {
    const { intake, send, said } = opened();
    intake.hold("full");
    send("data: 1\n\n");
    intake.release("full");
    send("data: 2\n\n");
    await settle();
    expect(said.filter((each) => each.startsWith("event"))).toEqual(["event 1", "event 2"]);
  });

  test("held again by what was kept: the rest stays where it is, and the socket stopped", async () => {
    const { intake, send, said, reader } = opened();
    intake.hold("full");
    send("data: 1\n\n");
    send("data: 2\n\n");
    await turn();
    reader.event = ({ data }) => {
      said.push(`event ${data}`);
      intake.hold("full");
    };
    intake.release("full");
    await settle();
    expect(said).toEqual(["paused", "stop the socket", "event 1", "moved "]);
    intake.release("full");
    await settle();
    expect(said.slice(4)).toEqual(["event 2", "moved "]);
    expect(said).not.toContain("start the socket");
  });

  test("two reasons: it goes on only when both are gone", async () => {
    const { intake, send, said } = opened();
    intake.hold("full");
    intake.hold("linger");
    send("data: 1\n\n");
    intake.release("full");
    await settle();
    expect(said).not.toContain("event 1");
    intake.release("linger");
    await settle();
    expect(said).toContain("event 1");
  });

  test("released without having been held is nothing", async () => {
    const { intake, said } = opened();
    intake.release("full");
    await settle();
    expect(said).toEqual([]);
  });
});

describe("emptied()", () => {
  test("resolves at once when nothing is kept back, and behind what is", async () => {
    const { intake, send } = opened();
    await intake.emptied();
    const emptied = vi.fn<() => void>();
    intake.hold("full");
    send("data: 1\n\n");
    void intake.emptied().then(emptied);
    await settle();
    expect(emptied).not.toHaveBeenCalled();
    intake.release("full");
    await settle();
    expect(emptied).toHaveBeenCalledOnce();
  });

  test("resolves when the stream is dropped: nobody waits for bytes that are gone", async () => {
    const { intake, send, said } = opened();
    intake.hold("full");
    send("data: 1\n\n");
    await turn();
    const emptied = intake.emptied();
    intake.drop();
    await emptied;
    intake.release("full");
    await settle();
    expect(said).toEqual(["paused", "stop the socket", "goes on"]);
  });

  test("dropped before the loop turns, it stops no socket any more", async () => {
    const { intake, send, said } = opened();
    intake.hold("full");
    send("data: 1\n\n");
    intake.drop();
    await turn();
    expect(said).toEqual([]);
  });
});

describe("drop()", () => {
  test("in a delivery: nothing more of the chunk, and its end does not move the cursor", () => {
    const { intake, send, said, reader } = opened();
    reader.event = ({ data }) => {
      said.push(`event ${data}`);
      intake.drop();
    };
    send("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n: hi\nretry: 7\n");
    send("data: 3\n\n");
    expect(said).toEqual(["id 1", "event 1"]);
  });

  test("another stream starts clean: half an event of the last one is gone", () => {
    const { intake, send, said, stream } = opened();
    send("data: half");
    intake.drop();
    intake.open(info, stream, "");
    send("\n\ndata: whole\n\n");
    expect(said.filter((each) => each.startsWith("event"))).toEqual(["event whole"]);
  });
});

test("an event over maxEventBytes ends the stream with an error that names the limit and the URL", () => {
  const { send, said, stream } = opened({ maxEventBytes: 20 });
  send(`data: ok\n\ndata: ${"x".repeat(50)}`);
  send("\n\ndata: later\n\n");
  expect(said.filter((each) => each.startsWith("event"))).toEqual(["event ok"]);
  expect(stream.finish).toHaveBeenCalledOnce();
  expect(stream.finish.mock.calls[0]![0]).toMatchObject({
    code: "too-large",
    url: "http://wire.test/",
    attempt: 3,
    message: expect.stringMatching(/20 bytes.*http:\/\/wire\.test\//),
  });
});
