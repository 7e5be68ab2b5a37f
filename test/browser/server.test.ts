// A page at our server: the browser's own EventSource, and our feed.
import { Feed } from "@steadfeed/client";
import { expect, inject, test } from "vitest";

/** A stream of our server, where each publish is followed by the death of all connections if `cut` is said. */
function stream(): {
  readonly url: string;
  readonly publish: (data: string, cut?: boolean) => Promise<void>;
} {
  const name = crypto.randomUUID();
  const at = (path: string, more = ""): string =>
    `${inject("serverUrl")}${path}?stream=${name}${more}`;
  return {
    url: at("/broker"),
    async publish(data, cut = false) {
      const more = `&data=${encodeURIComponent(data)}${cut ? "&cut=1" : ""}`;
      expect((await fetch(at("/publish", more))).status).toBe(204);
    },
  };
}

type Open = (url: string, got: (data: string) => void) => { close(): void };

const clients: Readonly<Record<string, Open>> = {
  "the browser's own EventSource": (url, got) => {
    const source = new EventSource(url);
    source.addEventListener("tick", ({ data }) => got(data as string));
    return source;
  },
  "a feed": (url, got) => {
    const feed = new Feed(url);
    feed.subscribe("tick", ({ data }) => got(data));
    return feed;
  },
};

test.for(Object.entries(clients))(
  "%s gets every event once, including those published while it was cut off",
  async ([, open]) => {
    const { url, publish } = stream();
    const got: string[] = [];
    const client = open(url, (data) => got.push(data));
    await expect
      .poll(async () => (await fetch(url.replace("/broker", "/readers"))).text())
      .toBe("1");
    await publish("1");
    await expect.poll(() => got).toEqual(["1"]);
    await publish("2 é\nline", true);
    await publish("3");
    await expect.poll(() => got).toEqual(["1", "2 é\nline", "3"]);
    client.close();
    await expect
      .poll(async () => (await fetch(url.replace("/broker", "/readers"))).text())
      .toBe("0");
  },
);
