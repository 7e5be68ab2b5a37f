// An SDK whose answer survives a cut: node examples/fetch.ts
import { SseServer } from "@steadfeed/client/testing/node";

/**
 * A stand-in for the API: its answer runs in the background, so the rest of it can be requested. The connection breaks
 * once.
 */
const words = ["A", " feed", " keeps", " its", " place."];
const response = { id: "resp_1", background: true };
const events = [
  { type: "response.created", response },
  ...words.map((delta) => ({ type: "response.output_text.delta", delta })),
  { type: "response.completed", response },
].map((event, at) => `data: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`);
const api = await SseServer.listen((script) => {
  const after = new URL(script.url, "http://api").searchParams.get("starting_after");
  if (after === null) script.send(events.slice(0, 3).join("")).delay(50).reset();
  else script.send(events.slice(Number(after) + 1).join("")).end();
});
const baseURL = api.url;
const apiKey = "none";
// #region openai
import { openaiResponses, steadyFetch } from "@steadfeed/client/fetch";
import OpenAI from "openai";

const openai = new OpenAI({ baseURL, apiKey, fetch: steadyFetch({ resume: openaiResponses() }) });
const answer = await openai.responses.create({
  model: "any",
  input: "What does a feed do?",
  background: true,
  stream: true,
});
for await (const event of answer) {
  if (event.type === "response.output_text.delta") process.stdout.write(event.delta);
}
// #endregion
console.log(`\n${api.requests.map(({ method, url }) => `${method} ${url}`).join("\n")}`);
// #region until
const steady = steadyFetch({
  until: ({ data }) => data === "[DONE]",
  timeouts: { idleMs: 60_000 },
  onStatus: (status) => status.kind === "waiting" && console.log(status.error.message),
});
// #endregion
void steady;
await api.close();
