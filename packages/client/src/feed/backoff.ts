import type { BackoffOptions } from "../core/options.ts";
import { longestDelayMs } from "../core/sleep.ts";

/** A server's `retry:` is never followed below this, so that `retry: 0` is no storm. */
const minServerRetryMs = 250;

/** A connection that broke sooner proves nothing, whatever came through it. */
const minProofMs = 1000;

/**
 * How long to wait before the next attempt. Grows while attempts fail, and starts over once a
 * connection proved healthy. Time and chance come from outside.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;
  #previousDelayMs = 0;
  #openedAt: number | undefined;
  /** How long a connection has to live for an event to prove it. */
  #proofMs = minProofMs;
  #serverRetryMs: number | undefined;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** Attempts in a row that did not prove healthy. */
  get failures(): number {
    return this.#failures;
  }

  /** The server named its own delay; it holds until it names another. */
  serverRetry(ms: number): void {
    const { maxServerRetryMs } = this.#options;
    this.#serverRetryMs = Math.min(
      Math.max(ms, minServerRetryMs),
      maxServerRetryMs,
      longestDelayMs,
    );
  }

  opened(now: number): void {
    this.#openedAt = now;
  }

  /**
   * An event proves a connection healthy that outlived the delay before it. The next proof takes twice as
   * long, until a connection stood: else a server could flap us by one event each.
   */
  event(now: number): void {
    if (this.#failures === 0) return;
    if (this.#openMs(now) <= Math.max(this.#previousDelayMs, this.#proofMs)) return;
    this.#failures = 0;
    this.#proofMs *= 2;
  }

  /** The attempt has ended: the delay until the next, in milliseconds; with `Retry-After`, at least that. */
  next(now: number, retryAfterMs = 0): number {
    if (this.#openMs(now) >= this.#options.stableAfterMs) {
      this.#failures = 0;
      this.#proofMs = minProofMs;
    }
    this.#openedAt = undefined;
    const { least, chance } = this.#delay();
    this.#failures++;
    this.#previousDelayMs = least + chance;
    return Math.min(Math.round(Math.max(least, retryAfterMs) + chance), longestDelayMs);
  }

  #openMs(now: number): number {
    return this.#openedAt === undefined ? -1 : now - this.#openedAt;
  }

  #delay(): { readonly least: number; readonly chance: number } {
    const { initialDelayMs, maxDelayMs, factor, jitter } = this.#options;
    const base = this.#serverRetryMs ?? initialDelayMs;
    // A base of 0 is for the first retry only: it could not grow.
    const next = this.#failures === 0 ? base : Math.max(base, 1) * factor ** this.#failures;
    const grown = Math.min(next, Math.max(maxDelayMs, base));
    if (jitter === "none") return { least: grown, chance: 0 };
    const part = jitter === "full" ? grown : grown / 2;
    // What the server asked for is the least; what we chose ourselves is the most.
    const least = this.#serverRetryMs === undefined ? grown - part : grown;
    return { least, chance: this.#random() * part };
  }
}
