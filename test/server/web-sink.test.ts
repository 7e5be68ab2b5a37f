import { expect, test, vi } from "vitest";
import { webRequest, WebSink } from "../../packages/server/src/http/web-sink.ts";
import { deferred } from "./support.ts";
import { sinkContract, type Pair } from "./sinks.ts";

async function pair(): Promise<Pair> {
  const answer = deferred<Response>();
  const sink = new WebSink(new Request("http://x/"), answer.resolve);
  const over = deferred<"end" | "abort">();
  let text = "";
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const decoder = new TextDecoder();
  const pull = async (): Promise<void> => {
    reader ??= (await answer.promise).body!.getReader();
    try {
      const { done, value } = await reader.read();
      if (done) over.resolve("end");
      else text += decoder.decode(value, { stream: true });
    } catch {
      over.resolve("abort");
    }
  };
  let pulling: Promise<void> | undefined;
  const arrived = async (): Promise<string> => {
    pulling ??= pull().finally(() => (pulling = undefined));
    await Promise.race([pulling, new Promise((resolve) => setTimeout(resolve, 5))]);
    return text;
  };
  return {
    sink,
    arrived,
    over: () => {
      void arrived();
      return over.promise;
    },
    status: async () => (await answer.promise).status,
    header: async (name) => (await answer.promise).headers.get(name),
    leave: () => void reader?.cancel(),
  };
}

sinkContract(pair);

test("an aborted request is a reader that left, before or during the stream", () => {
  for (const early of [true, false]) {
    const request = new AbortController();
    const gone = vi.fn<(...args: unknown[]) => void>();
    const answered = vi.fn<(response: Response) => void>();
    const sink = new WebSink(new Request("http://x/", { signal: request.signal }), answered);
    if (early) request.abort();
    sink.watch({ room: () => undefined, gone });
    if (!early) {
      sink.head(200, {});
      request.abort();
    }
    expect(gone).toHaveBeenCalledTimes(1);
    // Who asked gets an answer in any case.
    expect(answered.mock.calls.map(([{ status }]) => status)).toEqual([early ? 503 : 200]);
  }
});

test("an aborted response passes its reason to the platform", async () => {
  const answers: Response[] = [];
  const sink = new WebSink(new Request("http://x/"), (response) => void answers.push(response));
  sink.head(200, {});
  sink.cause = new Error("model gone");
  sink.abort();
  await expect(answers[0]!.text()).rejects.toThrow("model gone");
});

test("a request keeps its path encoded, its query readable and its headers case-insensitive", () => {
  const { method, path, query, header, raw } = webRequest(
    new Request("http://x/a%20b?stream=1&stream=x%26y", { headers: { "Last-Event-ID": "k-1" } }),
  );
  expect([method, path, query.getAll("stream"), header("last-event-id"), header("none")]).toEqual([
    "GET",
    "/a%20b",
    ["1", "x&y"],
    "k-1",
    undefined,
  ]);
  expect(raw).toBeInstanceOf(Request);
});
