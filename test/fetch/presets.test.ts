// What each protocol says of an answer that breaks; test/apps runs the real clients.
import {
  agui,
  aiSdk,
  location,
  mcp,
  openaiResponses,
  type ResumeFunction,
} from "@steadfeed/client/fetch";
import { describe, expect, test } from "vitest";
import { asked, quick, serve, steady } from "./support.ts";

interface Asking {
  readonly resume: ResumeFunction;
  readonly path?: string;
  readonly body?: object | string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** The events of the answer, each as its block; then it is reset. */
  readonly events: readonly (object | string)[];
  readonly answers?: Record<string, string>;
}

/** Where the answer goes on after a break: the request, or why there is none. */
async function next(asking: Asking, how: "reset" | "end" = "reset") {
  const { resume, path = "/api", method = "POST", events, answers = {} } = asking;
  const server = await serve((script, number) => {
    if (number > 1) return script.answer({ status: 410 }).end();
    const headers = { "Content-Type": "text/event-stream", ...answers };
    const blocks = events.map((each) =>
      typeof each === "string" ? each : `data: ${JSON.stringify(each)}\n\n`,
    );
    return script.answer({ headers }).send(blocks.join("")).delay(20)[how]();
  });
  const fetch = steady({ resume, until: undefined, retry: quick });
  const body = typeof asking.body === "object" ? JSON.stringify(asking.body) : asking.body;
  const init = { method, ...(body !== undefined && { body }), headers: asking.headers ?? {} };
  const response = await fetch(server.url.slice(0, -1) + path, init);
  const error = await response.text().catch((thrown: unknown) => thrown);
  const [, request] = server.requests;
  return { asked: asked(server)[1], headers: request?.headers, error };
}

const gone = { code: "not-resumable" };

describe("mcp", () => {
  const message = 'id: s_1\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n';
  const result = 'id: s_2\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n';

  test("resumes by a GET with the session and the latest id, for POST and GET, after a priming event too", async () => {
    for (const method of ["POST", "GET"]) {
      for (const event of [message, "id: s_1\ndata:\n\n"]) {
        const headers = { "Mcp-Session-Id": "abc", "Content-Type": "application/json" };
        const it = await next({ resume: mcp(), method, headers, events: [event] });
        expect(it.asked).toBe("GET /api");
        expect(it.headers!.get("Mcp-Session-Id")).toBe("abc");
        expect([it.headers!.get("Last-Event-ID"), it.headers!.get("Accept")]).toEqual([
          "s_1",
          "text/event-stream",
        ]);
      }
    }
  });

  test("opens a GET again that was cut before its first event", async () => {
    expect((await next({ resume: mcp(), method: "GET", events: [] })).asked).toBe("GET /api");
  });

  test("takes the session from the response that starts it", async () => {
    const it = await next({
      resume: mcp(),
      events: [message],
      answers: { "Mcp-Session-Id": "new" },
    });
    expect([it.headers!.get("Mcp-Session-Id"), it.headers!.get("Last-Event-ID")]).toEqual([
      "new",
      "s_1",
    ]);
  });

  test("is complete with the response, and lost without ids", async () => {
    for (const events of [[message, result], ['data: {"method":"x"}\n\n'], []]) {
      const it = await next({ resume: mcp(), events });
      expect([it.asked, it.error]).toEqual([undefined, expect.objectContaining(gone)]);
    }
  });
});

describe("openaiResponses", () => {
  const created = (background: unknown) => ({
    type: "response.created",
    sequence_number: 0,
    response: { id: "resp_1", background },
  });
  const delta = { type: "response.output_text.delta", sequence_number: 7, delta: "A" };

  test("resumes after the latest sequence number, with the original query", async () => {
    const asking = {
      resume: openaiResponses(),
      path: "/v1/responses?api-version=2",
      events: [created(true), delta],
    };
    expect((await next(asking)).asked).toBe(
      "GET /v1/responses/resp_1?api-version=2&stream=true&starting_after=7",
    );
    // Some servers do not repeat it.
    const body = { background: true };
    expect((await next({ ...asking, body, events: [created(undefined), delta] })).asked).toContain(
      "resp_1",
    );
  });

  test("continues an already resumed response", async () => {
    const path = "/v1/responses/resp_1?stream=true&starting_after=3";
    const it = await next({ resume: openaiResponses(), path, method: "get", events: [delta] });
    expect(it.asked).toBe("GET /v1/responses/resp_1?stream=true&starting_after=7");
  });

  test("is lost if it is not in the background, is not a response, or is complete", async () => {
    const completed = { type: "response.completed", sequence_number: 8, response: {} };
    for (const events of [
      [created(false), delta],
      [created(true), delta, completed],
      [{ choices: [] }],
      ["data: no JSON\n\n"],
      [],
    ]) {
      expect(await next({ resume: openaiResponses(), events })).toMatchObject({
        asked: undefined,
        error: gone,
      });
    }
  });
});

describe("location", () => {
  test("requests the Location of the first response, relative to it", async () => {
    const events = ["id: 1\ndata: A\n\n"];
    const to = async (answers: Record<string, string>, header?: string) =>
      (await next({ resume: location(header), path: "/runs/new", events, answers })).asked;
    expect(await to({ "Content-Location": "7?a=1" })).toBe("GET /runs/7?a=1");
    expect(await to({ Location: "/else" })).toBe("GET /else");
    expect(await to({ Location: "/else", "X-Stream": "/mine" }, "X-Stream")).toBe("GET /mine");
    expect(await to({ Location: "/else" }, "X-Stream")).toBeUndefined();
  });
});

describe("aiSdk", () => {
  const body = { id: "a b/c" };
  const events = [{ type: "start" }];

  test("requests the chat's stream, or the given URL", async () => {
    expect((await next({ resume: aiSdk(), path: "/api/chat?x=1", body, events })).asked).toBe(
      "GET /api/chat/a%20b%2Fc/stream?x=1",
    );
    const to = (id: string): string => `/streams/${encodeURIComponent(id)}`;
    expect((await next({ resume: aiSdk(to), body, events })).asked).toBe("GET /streams/a%20b%2Fc");
    const path = "/api/chat/1/stream";
    expect((await next({ resume: aiSdk(), path, method: "GET", events })).asked).toBe(
      `GET ${path}`,
    );
  });

  test("is lost without a chat id, and complete with [DONE]", async () => {
    expect(await next({ resume: aiSdk(), body: "?", events })).toMatchObject({
      asked: undefined,
      error: gone,
    });
    const done = [...events, "data: [DONE]\n\n"];
    expect(await next({ resume: aiSdk(), body, events: done })).toMatchObject({ asked: undefined });
  });
});

describe("agui", () => {
  const events = [{ type: "RUN_STARTED", threadId: "t", runId: "r" }];

  test("requests the URL from the agent or its user", async () => {
    const answers = { "Content-Location": "/runs/r" };
    expect((await next({ resume: agui(), events, answers })).asked).toBe("GET /runs/r");
    const resume = agui(({ threadId, runId }) => `/${threadId}/${runId}`);
    expect((await next({ resume, events })).asked).toBe("GET /t/r");
  });

  test("is lost without a URL, and complete with the run's end", async () => {
    const resume = agui(({ runId }) => `/${runId}`);
    for (const type of ["RUN_FINISHED", "RUN_ERROR"])
      expect((await next({ resume, events: [...events, { type }] })).asked).toBeUndefined();
    expect((await next({ resume, events: [] })).asked).toBeUndefined();
    expect((await next({ resume: agui(), events })).asked).toBeUndefined();
  });
});

test("a clean end before the event that completes the answer is an error where it cannot be resumed", async () => {
  const response = { id: "resp_1", background: false };
  const cut: Asking[] = [
    { resume: mcp(), events: ['data: {"method":"x"}\n\n'] },
    { resume: mcp(), events: [] },
    {
      resume: openaiResponses(),
      events: [{ type: "response.created", sequence_number: 0, response }],
    },
    { resume: openaiResponses(), events: [] },
    { resume: aiSdk(), events: [{ type: "start" }] },
    { resume: agui(), events: [{ type: "RUN_STARTED", threadId: "t", runId: "r" }] },
    { resume: agui(() => "/run"), events: [{ type: "RUN_STARTED" }] },
  ];
  for (const each of cut) {
    expect(await next(each, "end")).toMatchObject({ asked: undefined, error: gone });
  }
});

test("a clean end after the event that completes the answer is its end", async () => {
  const whole: Asking[] = [
    { resume: mcp(), events: ['data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'] },
    { resume: openaiResponses(), events: [{ type: "response.completed", sequence_number: 8 }] },
    // A chat completion, by the same client.
    {
      resume: openaiResponses(),
      events: [{ object: "chat.completion.chunk" }, "data: [DONE]\n\n"],
    },
    { resume: aiSdk(), events: [{ type: "start" }, "data: [DONE]\n\n"] },
    { resume: agui(), events: [{ type: "RUN_FINISHED" }] },
  ];
  for (const each of whole) {
    expect(await next(each, "end")).toMatchObject({ asked: undefined, error: expect.any(String) });
  }
});
