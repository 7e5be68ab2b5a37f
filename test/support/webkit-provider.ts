import { defineBrowserProvider } from "@vitest/browser";
import type { BrowserProvider, BrowserProviderOption } from "vitest/node";
import { WebKit } from "./webkit.ts";

/** Lets vitest run its browser tests in WebKitGTK. */
export const webkit = (binary: string): BrowserProviderOption =>
  defineBrowserProvider({
    name: "webkit",
    supportedBrowser: ["webkit"],
    options: {},
    providerFactory(project) {
      // The window keeps its size: no test looks at it.
      project.browser!.registerCommand("__vitest_viewport" as never, (() => undefined) as never);
      return new WebKitProvider(binary);
    },
  });

class WebKitProvider implements BrowserProvider {
  readonly name = "webkit";
  readonly supportsParallelism = false;
  readonly #binary: string;
  #browser: Promise<WebKit> | undefined;

  constructor(binary: string) {
    this.#binary = binary;
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    this.#browser ??= WebKit.start(this.#binary);
    await (await this.#browser).open(url);
  }

  async close(): Promise<void> {
    await (await this.#browser)?.close();
    this.#browser = undefined;
  }
}
