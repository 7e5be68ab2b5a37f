import { say } from "#words";
import { FeedError } from "../core/errors.ts";
import { unref } from "../core/sleep.ts";

/** What a page makes its feed do. */
export interface PageOwner {
  /** The network is another one, or time went by unnoticed: what is open may be dead, and waiting ends. */
  wake(): void;
  /** No connection is to be held any more, until `wake`. */
  hold(error: FeedError): void;
}

/** How often the clock is looked at, in ms. */
const lookMs = 15_000;

/** Hidden tabs get one tick a minute; a clock that jumped further went on while the machine was asleep. */
const asleepMs = 90_000;

/** A glance at another tab is not worth a reconnect. Browsers slow timers down after 10 s of hiding: this is before. */
const graceMs = 5000;

/** A network that is back is followed at most this often, in ms. */
const minWakeMs = 5000;

const loopback = /^https?:\/\/(?:[\w.-]+\.)?(?:localhost|127(?:\.\d+){3}|\[::1\])(?=[:/]|$)/;

/**
 * The life of the page or worker that a feed lives in, and the sleep of the machine, which Node knows too.
 * Between `start` and `stop` it has listeners and one timer; otherwise nothing.
 */
export class Page {
  readonly #hidden: "keep" | "pause";
  readonly #owner: PageOwner;
  #listeners: AbortController | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #lookedAt = 0;
  #grace: ReturnType<typeof setTimeout> | undefined;
  /** Why the page may hold no connection. */
  #away: FeedError | undefined;
  #wasOffline = false;
  #wokeAt = -Infinity;
  #waking: ReturnType<typeof setTimeout> | undefined;

  constructor(hidden: "keep" | "pause", owner: PageOwner) {
    this.#hidden = hidden;
    this.#owner = owner;
  }

  start(): void {
    this.stop();
    this.#lookedAt = Date.now();
    this.#looking = setInterval(() => this.#look(), lookMs);
    unref(this.#looking);
    // Only pages and workers know whether they are online.
    if (!knowsNetwork()) return;
    this.#listeners = new AbortController();
    this.#wasOffline = this.#offline;
    this.#on(globalThis, "online", () => this.#back());
    if (typeof document === "undefined") return;
    this.#on(globalThis, "pagehide", ({ persisted }) => {
      if (persisted) this.#leave(say("cached"));
    });
    this.#on(globalThis, "pageshow", ({ persisted }) => persisted && this.#return());
    this.#on(document, "visibilitychange", () => this.#seen());
    this.#seen();
  }

  stop(): void {
    this.#listeners?.abort();
    clearInterval(this.#looking);
    clearTimeout(this.#grace);
    clearTimeout(this.#waking);
    this.#listeners = this.#looking = this.#grace = this.#waking = this.#away = undefined;
  }

  /** It lives in a page, not in a worker or a process. */
  get inPage(): boolean {
    return this.#listeners !== undefined && typeof document !== "undefined";
  }

  /** No connection is to be held now. */
  get away(): boolean {
    return this.#away !== undefined;
  }

  /** Why an attempt at this URL would be in vain now, if it would be. */
  obstacle(url?: string): FeedError | undefined {
    if (this.#away || !this.#offline) return this.#away;
    // Without any network the machine itself can still be reached: a server under development, say.
    if (url !== undefined && loopback.test(url)) return undefined;
    return new FeedError("offline", say("offline"), { url });
  }

  #on(target: EventTarget, type: string, heard: (event: PageTransitionEvent) => unknown): void {
    const { signal } = this.#listeners!;
    target.addEventListener(type, heard as (event: Event) => unknown, { signal });
  }

  /** Shown or hidden. */
  #seen(): void {
    clearTimeout(this.#grace);
    if (!document.hidden) return this.#away ? this.#return() : this.#look();
    if (this.#hidden === "keep") return;
    const leave = (): void => this.#leave(say("hidden"));
    this.#grace = setTimeout(leave, graceMs);
  }

  #leave(message: string): void {
    clearTimeout(this.#grace);
    this.#away = new FeedError("hidden", message);
    this.#owner.hold(this.#away);
  }

  #return(): void {
    if (!this.#away) return;
    this.#away = undefined;
    this.#owner.wake();
  }

  #look(): void {
    const now = Date.now();
    const slept = now - this.#lookedAt > asleepMs;
    // Not every worker hears when it is online again.
    const back = this.#wasOffline && !this.#offline;
    this.#lookedAt = now;
    this.#wasOffline = this.#offline;
    if (slept || back) this.#back();
  }

  #back(): void {
    if (this.#away || this.#offline) return;
    // By the clock on the wall, which goes on while the machine is asleep.
    const now = Date.now();
    const restMs = Math.min(this.#wokeAt + minWakeMs - now, minWakeMs);
    if (restMs <= 0) {
      this.#wokeAt = now;
      return this.#owner.wake();
    }
    if (this.#waking !== undefined) return;
    // A network that comes and goes is no storm, and those that share it do not come back as one.
    this.#waking = setTimeout(
      () => {
        this.#waking = undefined;
        this.#back();
      },
      restMs + Math.random() * minWakeMs,
    );
    unref(this.#waking);
  }

  get #offline(): boolean {
    return this.#listeners !== undefined && !navigator.onLine;
  }
}

const knowsNetwork = (): boolean =>
  typeof navigator !== "undefined" && typeof navigator.onLine === "boolean";
