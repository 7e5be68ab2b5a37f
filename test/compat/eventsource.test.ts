// In place of the package eventsource: the same exports, and what is done with them.
import * as theirs from "eventsource";
import * as ours from "@steadfeed/eventsource";
import { SseServer } from "@steadfeed/client/testing/node";
import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";

test("exports the same names as the original", () => {
  expect(Object.keys(ours).toSorted()).toEqual(Object.keys(theirs).toSorted());
  expectTypeOf<ours.EventSourceInit>().toExtend<theirs.EventSourceInit>();
  expectTypeOf<theirs.EventSourceInit>().toExtend<ours.EventSourceInit>();
  expectTypeOf<theirs.FetchLike>().toExtend<ours.FetchLike>();
});

describe.each([
  ["ours", ours as typeof theirs],
  ["the original", theirs],
])("%s", (_, { EventSource, ErrorEvent }) => {
  test("a custom fetch, events, and the cursor after a cut", async () => {
    const server = await SseServer.listen((script, number) => {
      if (number === 1)
        script.send("retry: 1\nid: 1\nevent: tick\ndata: a\n\n").delay(20).truncate();
      else script.send("id: 2\ndata: b\n\n");
    });
    onTestFinished(() => server.close());
    const source = new EventSource(server.url, {
      withCredentials: true,
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, "X-Key": "k" } }),
    });
    onTestFinished(() => source.close());
    const got: string[] = [];
    source.addEventListener("tick", ({ data, lastEventId }) => void got.push(lastEventId + data));
    await new Promise<void>((resolve) => {
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a part of the interface
      source.onmessage = ({ data, lastEventId }: MessageEvent) => {
        got.push(lastEventId + data);
        resolve();
      };
    });
    expect(got).toEqual(["1a", "2b"]);
    expect(server.last.lastEventId).toBe("1");
    expect(server.last.headers.get("x-key")).toBe("k");
    expect(source.readyState).toBe(EventSource.OPEN);
  });

  test("a refused response closes it, with the status as the error's code", async () => {
    const server = await SseServer.listen((script) => script.answer({ status: 401 }).end());
    onTestFinished(() => server.close());
    const source = new EventSource(server.url);
    const error = await new Promise<unknown>((resolve) => {
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a part of the interface
      source.onerror = resolve;
    });
    expect(error).toBeInstanceOf(ErrorEvent);
    expect(error).toMatchObject({ type: "error", code: 401 });
    expect((error as { message: string }).message).toContain("401");
    expect(source.readyState).toBe(EventSource.CLOSED);
  });

  test("an ErrorEvent can be constructed", () => {
    const event = new ErrorEvent("error", { message: "no", code: 503 });
    expect(event).toMatchObject({ type: "error", message: "no", code: 503 });
    expect(event).toBeInstanceOf(ErrorEvent);
  });
});
