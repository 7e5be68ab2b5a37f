import { unref } from "#timers";
import { say } from "#words";
import { FeedError } from "../core/errors.ts";

/** A source, as its page calls it. */
export interface PageListener {
  /** The network changed, or the machine was asleep. An open connection may be dead, and a wait should end. */
  wake(): void;
  /** No connection may be held until `wake`. */
  suspend(error: FeedError): void;
}

/** How often the clock is checked, in ms. */
const checkMs = 15_000;

/**
 * A clock that jumped further than this, in ms, means that the machine was asleep. Hidden tabs get one tick a minute.
 */
const asleepMs = 90_000;

/**
 * How long a page may be hidden before it leaves, in ms. A glance at another tab is not worth a reconnect, and browsers
 * slow timers down after 10 s.
 */
const graceMs = 5000;

/** The shortest time between two reactions to a restored network, in ms. */
const minWakeMs = 5000;

const loopback = /^https?:\/\/([\w.-]+\.)?(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/;

/**
 * Watches the page or worker that a feed runs in, and the sleep of the machine, which is noticed in Node too. Between
 * `start` and `stop` it has listeners and one timer, otherwise none.
 */
export class Page {
  readonly #hidden: "keep" | "pause";
  readonly #listener: PageListener;
  /** Set between start and stop, in pages and workers: only these know if they are online. */
  #listening: AbortController | undefined;
  #checking: ReturnType<typeof setInterval> | undefined;
  #checkedAt = 0;
  #grace: ReturnType<typeof setTimeout> | undefined;
  /** The reason why the page may hold no connection. */
  #away: FeedError | undefined;
  #wasOffline = false;
  #wokeAt = -Infinity;
  #waking: ReturnType<typeof setTimeout> | undefined;

  constructor(hidden: "keep" | "pause", listener: PageListener) {
    this.#hidden = hidden;
    this.#listener = listener;
  }

  start(): void {
    this.stop();
    this.#checkedAt = Date.now();
    this.#checking = setInterval(() => this.#check(), checkMs);
    unref(this.#checking);
    if (typeof globalThis.navigator?.onLine !== "boolean") return;
    const { signal } = (this.#listening = new AbortController());
    this.#wasOffline = this.#offline;
    for (const type of ["online", "pagehide", "pageshow"])
      globalThis.addEventListener(type, this, { signal });
    if (!this.inPage) return;
    document.addEventListener("visibilitychange", this, { signal });
    this.#visibilityChanged();
  }

  stop(): void {
    this.#listening?.abort();
    clearInterval(this.#checking);
    clearTimeout(this.#grace);
    clearTimeout(this.#waking);
    this.#listening = this.#waking = this.#away = undefined;
  }

  /** True in a page, false in a worker or a process. */
  get inPage(): boolean {
    return this.#listening !== undefined && typeof document !== "undefined";
  }

  /** True while no connection may be held. */
  get away(): boolean {
    return this.#away !== undefined;
  }

  /** The reason why an attempt at this URL would fail now, if there is one. */
  obstacle(url?: string): FeedError | undefined {
    // Without a network, the machine itself can still be reached, such as a development server.
    if (this.#away || !this.#offline || loopback.test(url ?? "")) return this.#away;
    return new FeedError("offline", say("offline"), { url });
  }

  handleEvent({ type, persisted }: Event & { readonly persisted?: boolean }): void {
    if (type === "online") this.#reconnect();
    else if (type === "visibilitychange") this.#visibilityChanged();
    else if (persisted && type === "pagehide") this.#leave(say("cached"));
    else if (persisted) this.#return();
  }

  /** The page was shown or hidden. */
  #visibilityChanged(): void {
    clearTimeout(this.#grace);
    if (document.hidden) {
      if (this.#hidden === "pause")
        this.#grace = setTimeout(() => this.#leave(say("hidden")), graceMs);
      return;
    }
    this.#check();
    this.#return();
  }

  #leave(message: string): void {
    clearTimeout(this.#grace);
    this.#away = new FeedError("hidden", message);
    this.#listener.suspend(this.#away);
  }

  #return(): void {
    if (!this.#away) return;
    this.#away = undefined;
    this.#listener.wake();
  }

  #check(): void {
    const now = Date.now();
    const slept = now - this.#checkedAt > asleepMs;
    // Not every worker gets the `online` event.
    const back = this.#wasOffline && !this.#offline;
    this.#checkedAt = now;
    this.#wasOffline = this.#offline;
    if (slept || back) this.#reconnect();
  }

  #reconnect(): void {
    if (this.#away || this.#offline) return;
    // Measured by the wall clock, which continues while the machine is asleep.
    const now = Date.now();
    const restMs = Math.min(this.#wokeAt + minWakeMs - now, minWakeMs);
    if (restMs <= 0) {
      this.#wokeAt = now;
      return this.#listener.wake();
    }
    if (this.#waking) return;
    // A network that comes and goes must not cause a storm, and the clients on it must not all reconnect at once.
    this.#waking = setTimeout(
      () => {
        this.#waking = undefined;
        this.#reconnect();
      },
      restMs + Math.random() * minWakeMs,
    );
    unref(this.#waking);
  }

  get #offline(): boolean {
    return this.#listening !== undefined && !navigator.onLine;
  }
}
