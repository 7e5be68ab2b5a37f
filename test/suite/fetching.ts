// What a steady fetch must do in every runtime.
import { FeedError, steadyFetch } from "@steadfeed/client/fetch";
import { same, type Stage } from "./stage.ts";

const options = {
  retry: { initialDelayMs: 20, jitter: "none" },
  resume: ({ request }: { request: { url: string } }) => ({ url: request.url }),
  until: ({ data }: { data: string }) => data === "[DONE]",
} as const;
const post = { method: "POST", body: "?" };

/** Reads the first event, lets the stage cut all connections, and reads on. */
async function cutAfterOne(stage: Stage, response: Response): Promise<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let isCut = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (isCut || !text.includes("one")) continue;
    isCut = true;
    await stage.cut();
  }
}

export const fetching: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  "a steady fetch completes an answer that is cut, byte for byte, with one request to the model":
    async (stage) => {
      const rest = ": ✓\n\nid: 2\r\ndata: 日本\r\n\r\ndata: [DONE]\n\n";
      await stage.script({ body: ": hi\n\nid: 1\ndata: one\n\nid: 2\r\nda" }, { body: rest });
      const response = await steadyFetch(options)(stage.url, post);
      same(response.status, 200);
      same(response.url, stage.url);
      const clone = response.clone();
      const texts = await Promise.all([cutAfterOne(stage, response), clone.text()]);
      const whole = `: hi\n\nid: 1\ndata: one\n\n${rest}`;
      same(texts, [whole, whole]);
      const asked = (await stage.seen()).map(({ method }) => method);
      same(
        asked.filter((method) => method !== "OPTIONS"),
        ["POST", "GET"],
      );
    },

  "a steady fetch errors the body of an answer that cannot be resumed, with the reason": async (
    stage,
  ) => {
    await stage.script({ body: "data: one\n\n" });
    // Without it, what some browsers make of a cut is an end.
    const response = await steadyFetch({ until: options.until })(stage.url, post);
    const error = await cutAfterOne(stage, response).catch((thrown: unknown) => thrown);
    same(error instanceof FeedError && error.code, "not-resumable");
  },

  "a steady fetch passes a refusal through, and aborts at once": async (stage) => {
    await stage.script({ status: 429, body: "later" }, { body: "id: 1\ndata: one\n\n" });
    const fetch = steadyFetch(options);
    const refused = await fetch(stage.url, post);
    same([refused.status, await refused.text()], [429, "later"]);
    const controller = new AbortController();
    const response = await fetch(stage.url, { ...post, signal: controller.signal });
    const reader = response.body!.getReader();
    same(new TextDecoder().decode((await reader.read()).value), "id: 1\ndata: one\n\n");
    const reading = reader.read().catch((thrown: unknown) => thrown);
    controller.abort(new Error("enough"));
    same(((await reading) as Error).message, "enough");
    await stage.left();
  },
};
