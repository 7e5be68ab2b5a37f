// With the proxy of most servers in front, set up well and badly.
import { Feed } from "@steadfeed/client";
import { Ledger, Recorder } from "@steadfeed/client/testing";
import { SseServer } from "@steadfeed/client/testing/node";
import { Broker } from "@steadfeed/server";
import { nodeHandler } from "@steadfeed/server/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasNginx, nginxBefore } from "../support/nginx.ts";
import { ownPort } from "../support/port.ts";
import { serve } from "../support/server.ts";

function feedAt(url: string): Feed {
  const feed = new Feed(url, { retry: { initialDelayMs: 20, maxDelayMs: 100 } });
  onTestFinished(() => feed.close());
  return feed;
}

const settings: [string, string][] = [
  ["with buffering", "proxy_buffering on; proxy_buffers 8 64k;"],
  ["without buffering", "proxy_buffering off;"],
  ["with buffering and gzip", "gzip on; gzip_types text/event-stream; gzip_min_length 1;"],
];

describe.skipIf(!hasNginx)("nginx", () => {
  test.each(settings)(
    "%s: our server's events arrive one by one, and none is lost when either process dies",
    async (_, location) => {
      const broker = new Broker({ heartbeatMs: 200 });
      onTestFinished(() => broker.close({ graceMs: 0 }));
      let server = await serve(nodeHandler(broker));
      const proxy = await nginxBefore(server.url, location);
      const feed = feedAt(`${proxy.url}?stream=prices`);
      const published = new Ledger();
      const recorder = new Recorder(feed, published);
      feed.subscribe("*", recorder.take);
      await feed.open();
      await expect.poll(() => feed.lastEventId).not.toBe("");

      const publish = async (): Promise<void> => {
        const { id } = await broker.publish("prices", "é".repeat(10));
        published.add(id);
      };
      const arrived = (): Promise<void> =>
        expect.poll(() => recorder.account()).toMatchObject({ received: published.size, gone: 0 });
      // Each is there before the next is sent.
      for (let n = 0; n < 3; n++) {
        await publish();
        await arrived();
      }
      await proxy.kill();
      await publish();
      await proxy.restart();
      await arrived();
      const { port } = server;
      await server.kill();
      await publish();
      server = await serve(nodeHandler(broker), { port });
      await arrived();
      expect(recorder.account()).toEqual({ received: 5, gone: 0, missing: 0, faults: [] });
    },
  );

  test("with buffering, a server that does not turn it off is late, and still loses nothing", async () => {
    const server = await SseServer.listen((script) => {
      const from = Number(script.lastEventId ?? 0);
      script.events(from + 1, from + 2).send(`id: ${from + 3}\ndata: unfin`);
      if (server.requests.length < 3) script.delay(20).truncate();
    });
    onTestFinished(() => server.close());
    const proxy = await nginxBefore(server.url, "proxy_buffering on;");
    const got: string[] = [];
    feedAt(proxy.url).subscribe("message", ({ data }) => void got.push(data));
    await expect.poll(() => got.slice(0, 4)).toEqual(["1", "2", "3", "4"]);
  });

  test("while its upstream is down, its 502 is retried", async () => {
    const port = await ownPort();
    const broker = new Broker();
    onTestFinished(() => broker.close({ graceMs: 0 }));
    const proxy = await nginxBefore(`http://127.0.0.1:${port}/`);
    const feed = feedAt(`${proxy.url}?stream=prices`);
    await expect(feed.open()).rejects.toMatchObject({ code: "status", status: 502 });
    await serve(nodeHandler(broker), { port });
    await expect.poll(() => feed.state).toBe("open");
  });
});
