import { on } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type CDPSession } from "playwright";
import { chromiumArgs, findChromium } from "../../test/support/browsers.ts";
import type { Figures } from "../measure.ts";

/** One browser, and the bundle for its page, as users would load it. */
export interface Chromium {
  readonly version: string;
  /** Runs one contender on a page of its own. */
  measure(
    ...[name, workload, url, size, timedMs]: readonly [string, string, string, number, number]
  ): Promise<Figures>;
  close(): Promise<void>;
}

/** `undefined` without Chromium. */
export async function start(): Promise<Chromium | undefined> {
  const executablePath = await findChromium();
  if (executablePath === undefined) return undefined;
  const entryPoints = [fileURLToPath(new URL("page.ts", import.meta.url))];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  // A debugger receives every event of its page, which would be measured too. So the page gets its task in its URL, and
  // reports the result with a request.
  const server = createServer(async (request, response) => {
    if (request.method === "POST") server.emit("answer", await text(request));
    const isScript = request.url === "/script";
    const type = isScript ? "text/javascript" : "text/html; charset=utf-8";
    response.writeHead(200, { "content-type": type });
    if (isScript) response.end(outputFiles[0]!.contents);
    else response.end('<!doctype html><script type="module" src="/script"></script>');
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser = await chromium.launch({ executablePath, args: chromiumArgs });
  const session = await browser.newBrowserCDPSession();

  /** The messages of a page, in order. They are kept until they are read. */
  async function* answers(): AsyncGenerator<Answer, undefined> {
    const signal = AbortSignal.timeout(patienceMs);
    for await (const [what] of on(server, "answer", { signal }) as AsyncIterable<[string]>) {
      const said = JSON.parse(what) as Answer;
      if (said.error !== undefined) throw new Error(said.error);
      yield said;
    }
    return undefined;
  }

  return {
    version: browser.version(),
    async measure(...asked) {
      const [, workload] = asked;
      const job = encodeURIComponent(JSON.stringify(asked));
      const said = answers();
      const warm = said.next();
      const { targetId } = await session.send("Target.createTarget", { url: `${origin}?${job}` });
      // Compiled before it is timed, by a stream of its own.
      await warm;
      const before = await rendererSeconds(session);
      const { events, ms } = (await said.next()).value!;
      await said.return(undefined);
      const cpu = (await rendererSeconds(session)) - before;
      await session.send("Target.closeTarget", { targetId });
      return { [workload]: (ms * 1e6) / events, [`${workload}, CPU`]: (cpu * 1e9) / events };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A page without a message for so long has failed. */
const patienceMs = 120_000;

interface Answer {
  readonly events: number;
  readonly ms: number;
  readonly error?: string;
}

/** CPU time of all pages: only one of them is active. */
async function rendererSeconds(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  return processInfo
    .filter(({ type }) => type === "renderer")
    .reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}
