import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../support/bundle.ts";
import { openStream, serve, type TestServer } from "../support/server.ts";
import { findWebKit, WebKit } from "../support/webkit.ts";

/* The life of pages in WebKitGTK: what tests inside a page, in test/browser, cannot do to it. */

const binary = findWebKit();

/** Numbers without end, each with an id, every few milliseconds; each tab asks by its name. */
class Numbers {
  readonly server: Promise<TestServer>;
  /** The cursor of each request. */
  readonly cursors: string[] = [];
  /** The tabs that have a connection, the oldest first. */
  readonly tabs: string[] = [];
  readonly #open = new Set<() => void>();
  #count = 0;

  constructor(script: string) {
    this.server = serve((request, response) => {
      const url = new URL(request.url ?? "/", "http://site");
      if (url.pathname === "/events") {
        this.#stream(response, request.headers["last-event-id"] as string | undefined, url.search);
      } else if (url.pathname === "/script.js") {
        response.writeHead(200, { "Content-Type": "text/javascript" }).end(script);
      } else {
        const load = `<!doctype html><script type="module" src="/script.js"></script>`;
        response.writeHead(200, { "Content-Type": "text/html" });
        response.end(url.pathname === "/" ? load : "elsewhere");
      }
    });
  }

  publish(): void {
    this.#count++;
    for (const write of this.#open) write();
  }

  #stream(response: ServerResponse, cursor: string | undefined, tab: string): void {
    this.cursors.push(cursor ?? "");
    this.tabs.push(tab);
    let sent = Number(cursor ?? this.#count);
    const write = (): void => {
      while (sent < this.#count) response.write(`id: ${++sent}\ndata: ${sent}\n\n`);
    };
    openStream(response);
    write();
    this.#open.add(write);
    response.once("close", () => {
      this.#open.delete(write);
      this.tabs.splice(this.tabs.indexOf(tab), 1);
    });
  }
}

const script = `
  import { Feed } from "@steadfeed/client";
  import { SharedFeed } from "@steadfeed/client/shared";
  const { searchParams } = new URL(location.href);
  const options = { retry: { initialDelayMs: 250 }, hidden: searchParams.get("hidden") ?? "keep" };
  const tab = searchParams.get("tab") ?? "";
  const shared = searchParams.has("shared");
  const feed = shared
    ? new SharedFeed("/events", { ...options, key: "test", fetch: (url, init) => fetch(url + "?" + tab, init) })
    : new Feed("/events?" + tab, options);
  globalThis.seen = { got: [], told: [] };
  for (const kind of ["connecting", "open", "waiting", "gap"])
    feed.on(kind, ({ error, reason }) => seen.told.push([kind, error?.code ?? reason].filter(Boolean).join(" ")));
  feed.subscribe("*", ({ data }) => void seen.got.push(Number(data)));
  addEventListener("pageshow", ({ persisted }) => { globalThis.persisted = persisted; });
`;

describe.skipIf(binary === undefined)("in WebKit", { timeout: 60_000 }, () => {
  let browser: WebKit;
  let numbers: Numbers;
  let url: string;

  beforeAll(async () => {
    browser = await WebKit.start(binary!);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    numbers = new Numbers(await bundle(script));
    url = `http://127.0.0.1:${(await numbers.server).port}/`;
    const timer = setInterval(() => numbers.publish(), 20);
    return () => clearInterval(timer);
  });

  interface Seen {
    readonly got: readonly number[];
    readonly told: readonly string[];
  }
  const seen = (): Promise<Seen> => browser.evaluate("globalThis.seen ?? { got: [], told: [] }");
  /** Waits for more, and checks that nothing is missing and nothing is there twice. */
  async function goesOn(): Promise<Seen> {
    const before = (await seen()).got.length;
    await expect.poll(async () => (await seen()).got.length).toBeGreaterThan(before + 3);
    const now = await seen();
    expect(now.got).toEqual(now.got.map((_, index) => now.got[0]! + index));
    return now;
  }

  test("a page that is restored from the back/forward cache resumes at its cursor", async () => {
    await browser.open(url);
    const before = await goesOn();
    await browser.open(`${url}elsewhere`);
    await expect.poll(() => numbers.tabs).toEqual([]);
    await browser.back();
    await expect.poll(() => browser.evaluate("globalThis.persisted")).toBe(true);
    const { got, told } = await goesOn();
    expect(got[0]).toBe(before.got[0]);
    // WebKit breaks the connection before the page hears that it leaves.
    const waits = ["waiting network", "waiting hidden"];
    expect(told).toEqual(["connecting", "open", ...waits, "connecting", "open"]);
    expect(numbers.cursors).toHaveLength(2);
  });

  test("a page that pauses while hidden drops its connection, and resumes when it is shown", async () => {
    await browser.open(`${url}?hidden=pause`);
    await goesOn();
    // MiniBrowser shows what a driver opens in windows of their own, so no page is ever hidden.
    const hide = (hidden: boolean): Promise<unknown> =>
      browser.evaluate(`(Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true }),
        document.dispatchEvent(new Event("visibilitychange")))`);
    await hide(true);
    await expect.poll(() => numbers.tabs, { timeout: 15_000 }).toEqual([]);
    await hide(false);
    const { told } = await goesOn();
    expect(told).toEqual(["connecting", "open", "waiting hidden", "connecting", "open"]);
  });

  test("a page waits while it is offline, and resumes at its cursor when it is online", async () => {
    await browser.open(url);
    await goesOn();
    const line = (online: boolean): Promise<unknown> =>
      browser.evaluate(`(Object.defineProperty(navigator, "onLine", { value: ${online}, configurable: true }),
        dispatchEvent(new Event(${online} ? "online" : "offline")))`);
    await line(false);
    await goesOn();
    await line(true);
    await expect.poll(() => numbers.cursors.length).toBe(2);
    await goesOn();
    expect(numbers.tabs).toHaveLength(1);
  });

  test("tabs share one connection, and another takes over when the leading tab is closed", async () => {
    const handles: string[] = [];
    for (const tab of ["a", "b", "c"]) {
      handles.push(handles.length === 0 ? await browser.handle() : await browser.tab());
      await browser.open(`${url}?shared&tab=${tab}`);
      await goesOn();
    }
    expect(numbers.tabs).toEqual(["?a"]);
    await browser.tab(handles[0]);
    await browser.closeTab();
    for (const handle of handles.slice(1)) {
      await browser.tab(handle);
      const { told } = await goesOn();
      expect(told.filter((status) => status.startsWith("gap"))).toEqual([]);
    }
    expect(numbers.tabs).toHaveLength(1);
    await browser.closeTab();
    await browser.tab(handles[1]);
    await goesOn();
  });
});
