import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gapless, shared, sharing, Site } from "../suite/hand-overs.ts";
import { chromiumArgs, findChromium, probeChromium } from "../support/browsers.ts";
import { bundle } from "../support/bundle.ts";
import { until } from "../support/collect.ts";

const chromiumPath = await findChromium();
const has = await probeChromium();

// Each way twice; `npm run test:long` has more of them.
sharing(8);

/** A tab by its own debugger: a test driver's browser takes all of its tabs for shown, and freezes none. */
class RawTab {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: never) => void>();
  #asked = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id: number; result: never };
      this.#answers.get(id)?.(result);
    });
  }

  static async open(debuggerAt: string, url: string): Promise<RawTab> {
    const asked = `http://${debuggerAt}/json/new?${encodeURIComponent(url)}`;
    const response = await fetch(asked, { method: "PUT" });
    const { webSocketDebuggerUrl } = (await response.json()) as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl);
    await once(socket, "open");
    onTestFinished(() => socket.close());
    return new RawTab(socket);
  }

  send<T>(method: string, params: object): Promise<T> {
    const id = ++this.#asked;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((settle) => this.#answers.set(id, settle));
  }

  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, returnByValue: true };
    const { result } = await this.send<{ result: { value: T } }>("Runtime.evaluate", options);
    return result.value;
  }
}

async function startChromium(): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), "steadfeed-tabs-"));
  const args = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
  const child = spawn(chromiumPath!, [...chromiumArgs, ...args, "about:blank"], {
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
  return /ws:\/\/([^/]+)\//.exec(said)![1]!;
}

test.skipIf(!has("frozen tabs"))(
  "a leader that the browser freezes hands over, and resumes where it was when it is thawed",
  { timeout: 90_000 },
  async () => {
    const site = await Site.open(await bundle(shared));
    const at = await startChromium();
    const tabs: RawTab[] = [];
    for (const name of ["1", "2", "3"]) {
      tabs.push(await RawTab.open(at, `${site.server.url}?tab=${name}`));
      await until(
        async () => expect(await tabs.at(-1)!.evaluate("feed.state")).toBe("open"),
        20_000,
      );
    }
    const leader = tabs[0]!;
    expect(await leader.evaluate("document.visibilityState")).toBe("hidden");
    await leader.send("Page.setWebLifecycleState", { state: "frozen" });
    await until(() => expect(site.leaders).toEqual(["2"]), 20_000);
    const frozenAt = site.count;
    await until(() => expect(site.count).toBeGreaterThan(frozenAt + 100), 20_000);
    expect(await leader.evaluate("got.at(-1)")).toBeLessThanOrEqual(frozenAt);
    await leader.send("Page.setWebLifecycleState", { state: "active" });
    const last = site.count + 100;
    for (const tab of tabs) {
      await until(
        async () => expect(await tab.evaluate("got.at(-1)")).toBeGreaterThan(last),
        20_000,
      );
      expect(await tab.evaluate<number[]>("got")).toSatisfy(gapless);
      expect(await tab.evaluate("gaps")).toEqual([]);
    }
    expect(site.leaders).toEqual(["2"]);
  },
);
