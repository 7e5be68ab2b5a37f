import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { chromiumArgs, findChromium, probeChromium } from "../support/browsers.ts";
import { bundle } from "../support/bundle.ts";
import { openStream, serve, type Handler, type TestServer } from "../support/server.ts";

/* Real pages in a Chromium of their own: with a back/forward cache, tabs, and names that are not the machine's own. */

const executablePath = await findChromium();
const has = await probeChromium();

/** Runs a feed where it is loaded, and reports its events and statuses. */
const script = `
import { Feed } from "@steadfeed/client";
export function run(url, options) {
  const seen = { got: [], told: [], feed: new Feed(url, { retry: { initialDelayMs: 250 }, ...options }) };
  for (const kind of ["connecting", "open", "waiting", "paused", "closed", "gap"]) {
    seen.feed.on(kind, ({ error }) => seen.told.push(error?.code ? kind + " " + error.code : kind));
  }
  seen.feed.subscribe("message", ({ data }) => void seen.got.push(Number(data)));
  return seen;
}
`;

const workers: Readonly<Record<string, string>> = {
  "/dedicated.js": `onmessage = ({ data }) => start(data, (seen) => postMessage(seen))`,
  "/shared.js": `onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data }) => start(data, (seen) => port.postMessage(seen));
  }`,
  "/service.js": `onmessage = ({ data, source }) => start(data, (seen) => source.postMessage(seen))`,
};
const workerScript = (body: string): string => `
import { run } from "/run.js";
${body};
function start(url, tell) {
  const { got, told, feed } = run(url);
  const timer = setInterval(() => {
    tell({ got, told });
    if (got.length >= 5) clearInterval(timer), feed.close();
  }, 50);
}
`;

interface Asked {
  readonly method: string;
  readonly lastEventId: string | undefined;
  readonly cookie: string | undefined;
  /** What a preflight asks to send. */
  readonly names: string | undefined;
}

/** Endless numbers after the cursor, for pages of another origin. */
function numbers(asked: Asked[]): Handler {
  return (request, response) => {
    const { headers, method = "", url } = request;
    asked.push({
      method,
      lastEventId: headers["last-event-id"] as string | undefined,
      cookie: headers.cookie,
      names: headers["access-control-request-headers"],
    });
    response.setHeader("Access-Control-Allow-Origin", headers.origin ?? "*");
    response.setHeader("Access-Control-Allow-Credentials", "true");
    if (method === "OPTIONS") {
      response.setHeader("Access-Control-Allow-Headers", "Last-Event-ID, Authorization, X-App");
      response.writeHead(204).end();
      return;
    }
    if (url === "/see-other") {
      response.writeHead(303, { Location: "/" }).end();
      return;
    }
    response.setHeader("Set-Cookie", "session=7; Path=/; SameSite=Lax");
    openStream(response);
    let id = Number(headers["last-event-id"] ?? 0);
    const timer = setInterval(() => response.write(`id: ${++id}\ndata: ${id}\n\n`), 20);
    response.on("close", () => clearInterval(timer));
  };
}

let code: string;
let site: TestServer;
let events: TestServer;
let asked: Asked[];
/** Origins of one site, neither of which is the machine's own name. */
let pageUrl: string;
let eventsUrl: string;

beforeAll(async () => {
  code = await bundle(script);
});

beforeEach(async () => {
  asked = [];
  events = await serve(numbers(asked));
  site = await serve((request, response) => {
    const path = request.url ?? "/";
    const body = path === "/run.js" ? code : workers[path] && workerScript(workers[path]);
    const type = body === undefined ? "text/html" : "text/javascript";
    const html = `<!doctype html><title>${path}</title>
      <script type="module">import { run } from "/run.js"; globalThis.run = run;</script>`;
    response.writeHead(200, { "Content-Type": type }).end(body ?? html);
  });
  pageUrl = `http://app.site.test:${site.port}/`;
  eventsUrl = `http://events.site.test:${events.port}/`;
});

const gapless = (got: readonly number[]): boolean => got.every((id, index) => id === index + 1);

// Without a Chromium the configuration says once, for all browser tests, that they are skipped.
describe.skipIf(executablePath === undefined)("in a page", { timeout: 60_000 }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [...chromiumArgs, "--host-resolver-rules=MAP *.test 127.0.0.1"],
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
    });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(pageUrl);
    return () => context.close();
  });

  type Told = { got: number[]; told: string[]; state: string };
  const start = (options: object = {}, path = ""): Promise<void> =>
    page.evaluate(
      ([url, given]) => {
        const all = globalThis as never as { run: (url: string, options: object) => object };
        Object.assign(globalThis, { seen: all.run(url, given) });
      },
      [eventsUrl + path, options] as const,
    );
  const seen = (): Promise<Told> =>
    page.evaluate(() => {
      const { got, told, feed } = (globalThis as never as { seen: Told & { feed: Told } }).seen;
      return { got, told, state: feed.state };
    });
  const count = async (): Promise<number> => (await seen()).got.length;
  /** Waits for more, and checks that there is nothing missing and nothing twice. */
  async function goesOn(): Promise<void> {
    const before = await count();
    await expect.poll(count).toBeGreaterThan(before + 3);
    const { got } = await seen();
    expect(got).toSatisfy(gapless);
  }
  const gets = (): Asked[] => asked.filter(({ method }) => method === "GET");

  test("a POST that answers 303 is made once, and its result is read at the Location", async () => {
    await start({ method: "POST", body: "job", retry: false }, "see-other");
    await goesOn();
    expect(asked.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  test("a feed waits while the browser is offline, without requests, and resumes at the cursor when it is online", async () => {
    await start();
    await goesOn();
    await context.setOffline(true);
    // The connection itself is still there: the network is gone only as far as the browser says.
    await goesOn();
    expect((await seen()).state).toBe("open");
    for (const socket of events.sockets) socket.destroy();
    await expect.poll(async () => (await seen()).told.at(-1)).toBe("waiting offline");
    const { told } = await seen();
    expect(told).toEqual(["connecting", "open", "waiting network", "waiting offline"]);
    await context.setOffline(false);
    await goesOn();
    expect(gets()).toHaveLength(2);
  });

  test("an open connection is replaced when the browser is online again, and no event is lost", async () => {
    await start();
    await goesOn();
    await context.setOffline(true);
    await context.setOffline(false);
    await expect.poll(() => gets().length).toBe(2);
    await goesOn();
    expect(events.answering).toBe(1);
  });

  test("after sleep a feed resumes at the cursor as soon as its page is shown", async () => {
    await start();
    await goesOn();
    await page.evaluate(() => {
      const { now } = Date;
      Date.now = () => now() + 3_600_000;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await expect.poll(() => gets().length).toBe(2);
    await goesOn();
    expect(events.answering).toBe(1);
  });

  test.skipIf(!has("back/forward cache"))(
    "a page in the back/forward cache has no connection, and resumes at the cursor when it is restored",
    async () => {
      await start();
      await goesOn();
      await page.evaluate(() => {
        addEventListener("pageshow", ({ persisted }) => Object.assign(globalThis, { persisted }));
      });
      await page.goto(`${pageUrl}elsewhere`);
      await expect.poll(() => events.answering).toBe(0);
      await page.evaluate(() => history.back());
      await page.waitForFunction(() => (globalThis as { persisted?: boolean }).persisted === true);
      await goesOn();
      expect(gets()).toHaveLength(2);
      expect(events.answering).toBe(1);
    },
  );

  test.each([
    ["closed", () => page.close()],
    ["reloaded", () => page.reload()],
    ["left", () => page.goto("about:blank")],
  ])("a page that is %s leaves no connection at the server", async (_, end) => {
    await start();
    await goesOn();
    expect(events.answering).toBe(1);
    await end();
    await expect.poll(() => events.answering).toBe(0);
  });

  test.each(["dedicated", "shared", "service"])("a feed runs in a %s worker", async (kind) => {
    const local = await context.newPage();
    // Service workers exist on trusted origins only: the machine's own is one.
    await local.goto(`http://127.0.0.1:${site.port}/`);
    const told = await local.evaluate(
      async ([which, url]) => {
        const type = "module" as const;
        const path = `/${which}.js`;
        return new Promise<{ got: number[]; told: string[] }>((resolve, reject) => {
          const heard = ({ data }: MessageEvent) => data.got.length >= 5 && resolve(data);
          if (which === "dedicated") {
            const worker = new Worker(path, { type });
            worker.addEventListener("message", heard);
            worker.addEventListener("error", ({ message }) => reject(new Error(message)));
            worker.postMessage(url, []);
          } else if (which === "shared") {
            const { port } = new SharedWorker(path, { type });
            port.addEventListener("message", heard);
            port.start();
            port.postMessage(url);
          } else {
            navigator.serviceWorker.addEventListener("message", heard);
            navigator.serviceWorker.startMessages();
            void navigator.serviceWorker
              .register(path, { type })
              .then(() => navigator.serviceWorker.ready)
              .then(({ active }) => active!.postMessage(url, []));
          }
        });
      },
      [kind, events.url] as const,
    );
    expect(told.got.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    await expect.poll(() => events.answering).toBe(0);
  });

  describe("another origin gets a preflight", () => {
    const preflights = () =>
      asked.flatMap(({ method, names }) => (method === "OPTIONS" ? [names] : []));

    test("not for the first request, but as soon as there is a cursor", async () => {
      await start();
      await goesOn();
      expect(preflights()).toEqual([]);
      for (const socket of events.sockets) socket.destroy();
      await expect.poll(() => gets().length).toBe(2);
      await goesOn();
      expect(preflights()).toEqual(["last-event-id"]);
    });

    test("at once with a token and headers", async () => {
      await start({ token: "secret", headers: { "X-App": "page" } });
      await goesOn();
      expect(preflights()).toEqual(["authorization,x-app"]);
    });

    test("and cookies are sent only if credentials is set", async () => {
      await start({ credentials: "include" });
      await goesOn();
      for (const socket of events.sockets) socket.destroy();
      await expect.poll(() => gets().length).toBe(2);
      expect(gets().map(({ cookie }) => cookie)).toEqual([undefined, "session=7"]);
      await page.reload();
      await start();
      await goesOn();
      expect(gets().at(-1)!.cookie).toBeUndefined();
    });
  });
});

/** A Chromium that nobody makes believe that all of its tabs are in front, which is what a test driver does. */
async function startTabs() {
  const profile = await mkdtemp(join(tmpdir(), "steadfeed-tabs-"));
  const args = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
  const names = "--host-resolver-rules=MAP *.test 127.0.0.1";
  const child = spawn(executablePath!, [...chromiumArgs, ...args, names, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(async () => {
    const exit = once(child, "exit");
    child.kill();
    await exit;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  let said = "";
  for await (const chunk of child.stderr.setEncoding("utf8")) {
    said += chunk as string;
    if (/ws:\/\/[^/]+\//.test(said)) break;
  }
  const at = /ws:\/\/([^/]+)\//.exec(said)![1]!;
  const ask = async (command: string) => {
    const response = await fetch(`http://${at}/json/${command}`, { method: "PUT" });
    return response.text();
  };
  return {
    async open(url: string): Promise<string> {
      return (JSON.parse(await ask(`new?${encodeURIComponent(url)}`)) as { id: string }).id;
    },
    show: (id: string) => ask(`activate/${id}`),
  };
}

test.skipIf(!has("hidden tabs"))(
  "a tab with hidden: 'pause' has no connection while another tab is in front, and resumes at the cursor; with 'keep' it has one",
  { timeout: 60_000 },
  async () => {
    const told: string[] = [];
    const pages = await serve((request, response) => {
      const { pathname, search } = new URL(request.url!, "http://pages");
      if (pathname === "/told/pause") told.push(decodeURIComponent(search.slice(1)));
      const isCode = pathname === "/run.js";
      const html = `<!doctype html><script type="module">
        import { run } from "/run.js";
        const { got, feed } = run(${JSON.stringify(eventsUrl)}, { hidden: "${search.slice(1)}" });
        const say = () => fetch("/told/${search.slice(1)}?" + document.visibilityState + " " + feed.state + " " + got);
        document.addEventListener("visibilitychange", say);
        feed.on("waiting", say);
        feed.on("open", () => setTimeout(say, 500));
      </script>`;
      response.writeHead(200, { "Content-Type": isCode ? "text/javascript" : "text/html" });
      response.end(pathname.startsWith("/told") ? "" : isCode ? code : html);
    });
    const tabs = await startTabs();
    const pausing = await tabs.open(`${pages.url}?pause`);
    await expect.poll(() => events.answering, { timeout: 20_000 }).toBe(1);
    await tabs.open(`${pages.url}?keep`);
    await expect.poll(() => events.answering).toBe(2);
    await expect.poll(() => events.answering, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => told.at(-1)).toMatch(/^hidden waiting /);
    const requests = asked.length;
    await tabs.show(pausing);
    await expect.poll(() => events.answering).toBe(2);
    expect(asked.slice(requests)).toContainEqual(
      expect.objectContaining({ method: "GET", lastEventId: expect.any(String) }),
    );
    await expect.poll(() => told.at(-1)).toMatch(/^visible open 1,/);
    const got = told.at(-1)!.split(" ")[2]!.split(",").map(Number);
    expect(got).toSatisfy(gapless);
    // The other one is behind now, and keeps what it has.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(events.answering).toBe(2);
  },
);
