import type { ServerResponse } from "node:http";
import { chromium, firefox, type Browser, type BrowserContext, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { chromiumArgs, findChromium, findFirefox } from "../support/browsers.ts";
import { bundle } from "../support/bundle.ts";
import { until } from "../support/collect.ts";
import { openStream, serve, type TestServer } from "../support/server.ts";

export const shared = 'export * from "@steadfeed/client/shared";';

/** A page that takes all events by the feed of its origin, and tells the server which tab asks. */
const page = `<!doctype html><title>tab</title><script type="module">
  import { SharedFeed } from "/shared.js";
  const tab = new URLSearchParams(location.search).get("tab");
  window.got = [];
  window.gaps = [];
  window.feed = new SharedFeed("/events", { key: "test", headers: () => ({ "X-Tab": tab }) });
  feed.on("gap", (gap) => gaps.push(gap.reason));
  feed.subscribe("*", (event) => void got.push(Number(event.data)));
</script>`;

declare const window: {
  got: number[];
  gaps: string[];
  feed: { state: string; close(): void };
};

/** An event every few milliseconds, each with an id; who comes with a cursor gets what is behind it. */
export class Site {
  count = 0;
  /** Which tabs have a connection, the oldest first. */
  readonly leaders: string[] = [];
  requests = 0;
  readonly #writers = new Set<() => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  server!: TestServer;

  constructor(everyMs: number) {
    this.#timer = setInterval(() => this.publish(), everyMs);
    onTestFinished(() => clearInterval(this.#timer));
  }

  static async open(script: string, everyMs = 5): Promise<Site> {
    const site = new Site(everyMs);
    const hung: ServerResponse[] = [];
    site.server = await serve((request, response) => {
      if (request.url === "/shared.js") {
        response.writeHead(200, { "Content-Type": "text/javascript" }).end(script);
      } else if (request.url === "/hang") {
        hung.push(response);
      } else if (request.url === "/release") {
        // It may be asked before the tab that is to hang has asked.
        const status = hung.length > 0 ? 200 : 404;
        hung.shift()?.end();
        response.writeHead(status).end();
      } else if (request.url === "/elsewhere") {
        response.writeHead(200, { "Content-Type": "text/html" }).end("elsewhere");
      } else if (request.url !== "/events") {
        response.writeHead(200, { "Content-Type": "text/html" }).end(page);
      } else {
        const tab = String(request.headers["x-tab"]);
        let sent = Number(request.headers["last-event-id"] ?? site.count);
        const write = (): void => {
          while (sent < site.count) response.write(`id: ${++sent}\ndata: ${sent}\n\n`);
        };
        site.requests++;
        site.leaders.push(tab);
        openStream(response);
        write();
        site.#writers.add(write);
        response.once("close", () => {
          site.#writers.delete(write);
          site.leaders.splice(site.leaders.indexOf(tab), 1);
        });
      }
    });
    return site;
  }

  publish(): void {
    this.count++;
    for (const write of this.#writers) write();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** The tabs of one browser on one site, by name. */
class Tabs {
  readonly pages = new Map<string, Page>();
  readonly #context: BrowserContext;
  readonly #site: Site;
  #opened = 0;

  constructor(context: BrowserContext, site: Site) {
    this.#context = context;
    this.#site = site;
  }

  async open(): Promise<Page> {
    const name = String(++this.#opened);
    const opened = await this.#context.newPage();
    await opened.goto(`${this.#site.server.url}?tab=${name}`);
    await opened.waitForFunction(() => window.feed?.state === "open", undefined, patient);
    this.pages.set(name, opened);
    return opened;
  }

  /** The tab with the newest connection. */
  async leader(): Promise<[string, Page]> {
    await become(() => this.pages.has(this.#site.leaders.at(-1) ?? ""));
    const name = this.#site.leaders.at(-1)!;
    return [name, this.pages.get(name)!];
  }

  /** Another than this one leads. */
  async handedOver(from: string): Promise<void> {
    await become(() => (this.#site.leaders.at(-1) ?? from) !== from);
  }

  /** What each tab has, once all have what there is. */
  async taken(): Promise<{ got: number[]; gaps: string[] }[]> {
    const taken = [];
    for (const each of this.pages.values()) {
      const last = this.#site.count;
      await each.waitForFunction((end) => window.got.at(-1)! >= end, last, patient);
      taken.push(await each.evaluate(() => ({ got: window.got, gaps: window.gaps })));
    }
    return taken;
  }
}

const patient = { timeout: 30_000 };

async function become(holds: () => boolean): Promise<void> {
  await until(() => {
    if (!holds()) throw new Error("It did not become so.");
  }, 20_000);
}

/** From its first on, every event, once, in order. */
export const gapless = (got: readonly number[]): boolean =>
  got.every((n, at) => n === got[0]! + at);

interface Case {
  readonly name: string;
  readonly launch: (() => Promise<Browser>) | undefined;
  /** How a leading tab goes; it gives what brings it back, if anything does. */
  readonly ways: readonly ((tab: Page) => Promise<(() => Promise<void>) | void>)[];
}

const closes = async (tab: Page): Promise<void> => tab.close();

async function crashes(tab: Page): Promise<void> {
  const crashed = tab.waitForEvent("crash");
  const devtools = await tab.context().newCDPSession(tab);
  devtools.send("Page.crash").catch(() => undefined);
  await crashed;
}

/** Nothing runs in it, and it keeps its lock and its socket. */
async function hangs(tab: Page): Promise<() => Promise<void>> {
  const over = tab.evaluate(() => {
    const request = new XMLHttpRequest();
    request.open("GET", "/hang", false);
    request.send();
  });
  return async () => {
    const { origin } = new URL(tab.url());
    await until(async () => {
      if (!(await fetch(`${origin}/release`)).ok) throw new Error("It does not hang yet.");
    });
    await over;
  };
}

async function leaves(tab: Page): Promise<() => Promise<void>> {
  await tab.goto(new URL("/elsewhere", tab.url()).href);
  return async () => void (await tab.goBack());
}

const chromiumPath = await findChromium();
const firefoxPath = findFirefox();

const cases: readonly Case[] = [
  {
    name: "Chromium",
    // Without one the configuration says, for all browser tests, that they are skipped.
    launch:
      chromiumPath === undefined
        ? undefined
        : () => chromium.launch({ executablePath: chromiumPath, args: chromiumArgs }),
    ways: [closes, crashes, hangs, leaves],
  },
  {
    name: "Firefox",
    launch:
      firefoxPath === undefined
        ? undefined
        : () => firefox.launch({ executablePath: firefoxPath, channel: "moz-firefox" }),
    // One process has all tabs of a site here, and none hangs alone.
    ways: [closes, leaves],
  },
];

/** What tabs of real browsers share, and keep through so many hand-overs. */
export function sharing(handOvers: number): void {
  describe.each(cases)("in $name", ({ launch, ways }) => {
    let browser: Browser;
    let script: string;

    beforeAll(async () => {
      if (launch) [browser, script] = await Promise.all([launch(), bundle(shared)]);
    }, 60_000);
    afterAll(() => browser?.close());

    async function start(everyMs?: number): Promise<{ site: Site; tabs: Tabs }> {
      const context = await browser.newContext();
      onTestFinished(() => context.close());
      const site = await Site.open(script, everyMs);
      return { site, tabs: new Tabs(context, site) };
    }

    test.skipIf(!launch)(
      "five tabs have one connection, another joins it, and it ends with the last of them",
      { timeout: 60_000 },
      async () => {
        const { site, tabs } = await start();
        for (let opened = 0; opened < 6; opened++) await tabs.open();
        for (const { got } of await tabs.taken()) expect(got).toSatisfy(gapless);
        expect(site.requests).toBe(1);
        for (const tab of tabs.pages.values()) await tab.evaluate(() => window.feed.close());
        await until(() => expect(site.leaders).toEqual([]));
      },
    );

    test.skipIf(!launch)(
      `over ${handOvers} hand-overs under load every tab gets every event once, in order`,
      { timeout: 180_000 },
      async () => {
        const { site, tabs } = await start();
        for (let opened = 0; opened < 5; opened++) await tabs.open();
        for (let round = 0; round < handOvers; round++) {
          const [name, leader] = await tabs.leader();
          const back = await ways[round % ways.length]!(leader);
          if (!back) tabs.pages.delete(name);
          await tabs.handedOver(name);
          await back?.();
          if (!back) await tabs.open();
        }
        for (const { got, gaps } of await tabs.taken()) {
          expect(got).toSatisfy(gapless);
          expect(gaps).toEqual([]);
        }
        await until(() => expect(site.leaders).toHaveLength(1), 20_000);
      },
    );
  });
}
