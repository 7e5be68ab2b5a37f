import { HttpAgent } from "@ag-ui/client";
import { EventType } from "@ag-ui/core";
import { agui, steadyFetch } from "@steadfeed/client/fetch";
import { failing, healing, type App } from "../shared/app.ts";
import { stream } from "../shared/line.ts";

const words = ["A", " feed", " keeps", " its", " place", " ✓."];
const options = { retry: { initialDelayMs: 5, maxDelayMs: 20 }, timeouts: { idleMs: 250 } };
const events = (run: object): object[] => [
  { type: EventType.RUN_STARTED, ...run },
  { type: EventType.TEXT_MESSAGE_START, messageId: "m1", role: "assistant" },
  ...words.map((delta) => ({ type: EventType.TEXT_MESSAGE_CONTENT, messageId: "m1", delta })),
  { type: EventType.TEXT_MESSAGE_END, messageId: "m1" },
  { type: EventType.RUN_FINISHED, ...run },
];
const run = { threadId: "thread", runId: "run" };
const wire = (after?: number): string =>
  events(run)
    .map(
      (event, at) =>
        `${after === undefined ? "" : `id: ${at}\n`}data: ${JSON.stringify(event)}\n\n`,
    )
    .slice((after ?? -1) + 1)
    .join("");

/** A body that failed cannot be cancelled. The agent lets that be an unhandled rejection, whatever the fetch. */
function quietly(
  fetch: typeof globalThis.fetch,
): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const response = await fetch(url, init);
    const getReader = response.body!.getReader.bind(response.body);
    response.body!.getReader = (() => {
      const reader = getReader();
      const cancel = reader.cancel.bind(reader);
      reader.cancel = () => cancel().catch(() => undefined);
      return reader;
    }) as typeof getReader;
    return response;
  };
}

const app: Omit<App, "steady" | "answer"> = {
  words,
  refusal: { status: 429, body: { message: "Too many." }, error: { status: 429 } },
  async ask(url, fetch, got, signal) {
    const agent = new HttpAgent({ url, threadId: run.threadId, fetch: quietly(fetch) });
    signal.addEventListener("abort", () => agent.abortRun());
    await agent.runAgent(
      { runId: run.runId },
      { onTextMessageContentEvent: ({ event }) => void got.push(event.delta) },
    );
  },
};

healing("an AG-UI agent that names where a run goes on", {
  ...app,
  steady: () => steadyFetch({ ...options, resume: agui() }),
  answer({ method, headers }, response, cut) {
    const isNew = method === "POST";
    const after = Number(headers["last-event-id"] ?? -1);
    void stream(response, wire(after), cut, isNew ? { "Content-Location": "/runs/run" } : {});
    return isNew;
  },
});

healing("an AG-UI agent whose runs are at a URL that the client knows", {
  ...app,
  steady: () =>
    steadyFetch({ ...options, resume: agui(({ runId, threadId }) => `/${threadId}/${runId}`) }),
  answer({ method, url, headers }, response, cut) {
    const isNew = method === "POST";
    if (!isNew && url.pathname !== "/thread/run") throw new Error(url.href);
    void stream(response, wire(Number(headers["last-event-id"] ?? -1)), cut);
    return isNew;
  },
});

failing("a bare AG-UI agent", {
  ...app,
  steady: () =>
    steadyFetch({ ...options, resume: agui(), until: ({ data }) => data.includes("RUN_FINISHED") }),
  answer: (_, response, cut) => (void stream(response, wire(), cut), true),
});
