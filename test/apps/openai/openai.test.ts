import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { upgrade } from "@steadfeed/server/node";
import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";

const words = ["A", " feed", " keeps", " its", " place", "."];

test("OpenAI's SDK reads a chat completion that our server streams", async () => {
  const server = createServer((request, response) => {
    request.resume();
    const session = upgrade(request, response);
    for (const content of words) {
      session.send({ data: { id: "1", choices: [{ index: 0, delta: { content } }] } });
    }
    session.send({ data: "[DONE]" });
    session.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });

  const { port } = server.address() as AddressInfo;
  const openai = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "none" });
  const stream = await openai.chat.completions.create({
    model: "any",
    messages: [{ role: "user", content: "What is Steadfeed?" }],
    stream: true,
  });
  const got: (string | null | undefined)[] = [];
  for await (const chunk of stream) got.push(chunk.choices[0]?.delta.content);
  expect(got).toEqual(words);
});
