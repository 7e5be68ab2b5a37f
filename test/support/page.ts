import { onTestFinished, vi } from "vitest";
import { settle } from "./wire.ts";

/** Knows how many listen. */
class Target extends EventTarget {
  listeners = 0;

  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options);
    this.listeners++;
    options?.signal?.addEventListener("abort", () => this.listeners--, { once: true });
  }
}

/** A browser around the test, as far as a feed looks at one: it begins online and shown. */
export class FakePage {
  readonly #self = new Target();
  readonly #document = Object.assign(new Target(), { hidden: false });
  readonly #navigator = { onLine: true };

  constructor(kind: "page" | "worker" = "page") {
    vi.stubGlobal("addEventListener", this.#self.addEventListener.bind(this.#self));
    vi.stubGlobal("navigator", this.#navigator);
    if (kind === "page") vi.stubGlobal("document", this.#document);
    onTestFinished(() => void vi.unstubAllGlobals());
  }

  get listeners(): number {
    return this.#self.listeners + this.#document.listeners;
  }

  /** `silently` as in workers that are not told. */
  online(onLine: boolean, how?: "silently"): void {
    this.#navigator.onLine = onLine;
    if (how === undefined) this.#self.dispatchEvent(new Event(onLine ? "online" : "offline"));
  }

  hidden(hidden: boolean): void {
    this.#document.hidden = hidden;
    this.#document.dispatchEvent(new Event("visibilitychange"));
  }

  /** Left for another page: kept in the back/forward cache, or not. */
  leave(persisted = true): void {
    this.#self.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
    this.hidden(true);
  }

  /** Back from the cache, in the order of Chromium. */
  async return(): Promise<void> {
    this.hidden(false);
    await settle();
    this.#self.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  }
}

/** Time that passes while nothing runs: the clock on the wall goes on, timers stand still. */
export function sleepFor(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}
