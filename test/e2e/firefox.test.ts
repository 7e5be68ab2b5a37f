import { firefox, type Browser, type Frame, type Page } from "playwright";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { findFirefox } from "../support/browsers.ts";
import { bundle } from "../support/bundle.ts";
import { openStream, serve, type TestServer } from "../support/server.ts";
import { until } from "../support/collect.ts";

/* What only a Firefox of its own shows: settings of the whole browser, and a fetch that reads on. */

const executablePath = findFirefox();

const script = `
  import { Feed } from "@steadfeed/client";
  import { SharedFeed } from "@steadfeed/client/shared";
  Object.assign(globalThis, { Feed, SharedFeed });
  globalThis.start = (feed) => {
    globalThis.feed = feed;
    globalThis.got = [];
    globalThis.told = [];
    for (const kind of ["connecting", "open", "waiting", "gap", "closed"])
      feed.on(kind, ({ error, reason }) => told.push([kind, error?.code ?? reason].filter(Boolean).join(" ")));
    feed.subscribe("*", ({ data }) => void got.push(Number(data)));
  };
`;

/** Numbers, each with an id, starting after the cursor; a page, and one with another in a frame. */
class Site {
  readonly server: Promise<TestServer>;
  readonly cursors: (string | undefined)[] = [];

  constructor(source: string) {
    this.server = serve((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, "http://site");
      if (pathname === "/numbers") {
        const cursor = request.headers["last-event-id"] as string | undefined;
        this.cursors.push(cursor);
        let count = Number(cursor ?? 0);
        openStream(response);
        const padding = "x".repeat(Number(searchParams.get("size") ?? 0));
        const timer = setInterval(() => {
          count++;
          response.write(`: ${padding}\nid: ${count}\ndata: ${count}\n\n`);
        }, 10);
        response.once("close", () => clearInterval(timer));
      } else if (pathname === "/script.js") {
        response.writeHead(200, { "Content-Type": "text/javascript" }).end(source);
      } else {
        const frame = searchParams.get("frame");
        const inside = frame === null ? "" : `<iframe src="${frame}"></iframe>`;
        response.writeHead(200, { "Content-Type": "text/html" });
        response.end(`<!doctype html><script type="module" src="/script.js"></script>${inside}`);
      }
    });
  }
}

describe.skipIf(executablePath === undefined)("in Firefox", { timeout: 60_000 }, () => {
  let source: string;
  beforeAll(async () => {
    source = await bundle(script);
  });

  const isLoaded = (where: Page | Frame): Promise<unknown> =>
    where.waitForFunction("globalThis.start !== undefined");

  async function launch(cookieBehavior: number): Promise<Browser> {
    return firefox.launch({
      executablePath: executablePath!,
      channel: "moz-firefox",
      firefoxUserPrefs: { "network.cookie.cookieBehavior": cookieBehavior },
    });
  }

  async function sharing(where: Page | Frame): Promise<void> {
    await isLoaded(where);
    await where.evaluate(`start(new SharedFeed("/numbers"))`);
    await where.waitForFunction("got.length > 3", undefined, { timeout: 20_000 });
    expect(await where.evaluate("[feed.state, told]")).toEqual(["open", ["connecting", "open"]]);
  }

  describe("that blocks cookies, where channels and locks are refused", () => {
    const refused = `(() => { try { new BroadcastChannel("x"); return ""; } catch (error) { return error.name; } })()`;

    test("all cookies: a SharedFeed has its own connection in each tab", async () => {
      const browser = await launch(2);
      onTestFinished(() => browser.close());
      const site = new Site(source);
      const server = await site.server;
      for (let tab = 1; tab <= 2; tab++) {
        const page = await browser.newPage();
        await page.goto(`http://localhost:${server.port}/`);
        expect(await page.evaluate(refused)).toBe("SecurityError");
        await sharing(page);
        expect(server.answering).toBe(tab);
      }
    });

    test("third-party cookies: a SharedFeed in a frame of another site has its own connection", async () => {
      const browser = await launch(1);
      onTestFinished(() => browser.close());
      const site = new Site(source);
      const server = await site.server;
      const page = await browser.newPage();
      const inside = server.url;
      await page.goto(`http://localhost:${server.port}/?frame=${encodeURIComponent(inside)}`);
      const frame = page.frames().find((each) => each.url() === inside)!;
      await isLoaded(frame);
      expect(await frame.evaluate(refused)).toBe("SecurityError");
      await sharing(frame);
      await sharing(page);
      expect(server.answering).toBe(2);
    });
  });

  test("with a fetch that reads ahead: a page whose consumer stalls drops its connection, and resumes", async () => {
    const browser = await launch(0);
    onTestFinished(() => browser.close());
    const site = new Site(source);
    const server = await site.server;
    const page = await browser.newPage();
    await page.goto(server.url);
    await isLoaded(page);
    await page.evaluate(`
      globalThis.feed = new Feed("/numbers?size=20000");
      globalThis.consumer = feed.subscribe("*", { capacity: 16 });
      globalThis.take = async (count) => {
        const taken = [];
        while (taken.length < count) taken.push(Number((await consumer.next()).value.data));
        return taken;
      };
    `);
    expect(await page.evaluate("take(1)")).toEqual([1]);
    await until(() => expect(server.answering).toBe(0), 15_000);
    expect(await page.evaluate("feed.state")).toBe("waiting");
    const taken = await page.evaluate<number[]>("take(40)");
    expect(taken).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
    // The queue, the event in hand, and the rest of a chunk, whose size is the browser's.
    expect(site.cursors).toEqual([undefined, expect.stringMatching(/^(1[7-9]|2\d)$/)]);
  });
});
