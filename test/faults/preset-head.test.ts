// Middleware may have set headers before our handler: those that frame a response would cut ours off.
import * as http2 from "node:http2";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Feed } from "@steadfeed/client";
import { Broker, type HandlerOptions } from "@steadfeed/server";
import { nodeHandler, runHandler, upgrade } from "@steadfeed/server/node";
import { expect, onTestFinished, test } from "vitest";
import { serve, type Handler } from "../support/server.ts";

function brokerOf(): Broker {
  const broker = new Broker();
  onTestFinished(() => broker.close({ graceMs: 0 }));
  return broker;
}

const preset = (response: ServerResponse): void => {
  response.setHeader("Content-Length", 5);
  response.setHeader("X-Middleware", "kept");
};

const after =
  (handler: Handler): Handler =>
  (request, response) => {
    preset(response);
    handler(request, response);
  };

const doors: [string, (broker: Broker) => Handler][] = [
  ["nodeHandler", (broker) => (request, response) => void nodeHandler(broker)(request, response)],
  [
    "upgrade",
    () => (request, response) => {
      const session = upgrade(request, response);
      session.send("a whole event, of more than five bytes");
    },
  ],
];

test.each(doors)(
  "%s: a Content-Length that was set before does not end the stream",
  async (name, door) => {
    const broker = brokerOf();
    const { url } = await serve(after(door(broker)));
    const feed = new Feed(`${url}?stream=s`, { retry: false });
    onTestFinished(() => feed.close());
    const event = feed.once("message", { timeoutMs: 2000 });
    const { headers } = await feed.open();
    expect(headers.get("content-length")).toBeNull();
    expect(headers.get("x-middleware")).toBe("kept");
    if (name === "nodeHandler") await broker.publish("s", { data: "a whole event" });
    expect((await event).data).toContain("a whole event");
  },
);

test("a run, and a refusal, are whole too", async () => {
  const broker = brokerOf();
  const start = async function* () {
    yield { data: "a whole event" };
  };
  const handler = runHandler(broker, { authorize: false, start });
  const { url } = await serve(after((request, response) => void handler(request, response)));
  const started = await fetch(`${url}runs`, { method: "POST", body: "{}" });
  expect(await started.text()).toContain("data: a whole event");
  const refused = await fetch(`${url}runs/none`);
  expect(refused.status).toBe(404);
  expect((await refused.text()).length).toBeGreaterThan(5);
});

test("over HTTP/2", async () => {
  const broker = brokerOf();
  const options: HandlerOptions = { renderError: () => ({ status: 404, body: "a whole refusal" }) };
  const handler = nodeHandler(broker, options);
  const server = http2.createServer((request, response) => {
    preset(response as unknown as ServerResponse);
    void handler(request, response);
  });
  server.listen(0);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const client = http2.connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const ask = async (path: string): Promise<[unknown, string]> => {
    const stream = client.request({ ":path": path }).setEncoding("utf8");
    const [head] = (await once(stream, "response")) as [Record<string, unknown>];
    let text = "";
    stream.on("data", (chunk: string) => (text += chunk));
    const published = setInterval(() => void broker.publish("s", { data: "a whole event" }), 50);
    await expect.poll(() => text).toContain("a whole");
    clearInterval(published);
    return [head["content-length"], text];
  };
  expect(await ask("/?stream=s")).toEqual([undefined, expect.stringContaining("a whole")]);
  expect(await ask("/")).toEqual([undefined, "a whole refusal"]);
});
