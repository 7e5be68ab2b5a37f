import type { BackoffOptions } from "../core/options.ts";
import { longestDelayMs } from "../core/sleep.ts";

/** The shortest delay that a server's `retry:` can set, in ms, so that `retry: 0` causes no storm. */
const minServerRetryMs = 250;

/** A connection that broke sooner than this, in ms, does not count as healthy, even if events arrived. */
const minProofMs = 1000;

/**
 * Calculates the delay before the next attempt. It grows while attempts fail, and starts over once a connection proved
 * healthy. The time and the random numbers are passed in. `Patience` decides if there is a next attempt.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #failures = 0;
  #previousDelayMs = 0;
  #openedAt: number | undefined;
  /** How long a connection has to last before an event proves it healthy, in ms. */
  #proofMs = minProofMs;
  #serverRetryMs: number | undefined;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** The number of attempts in a row that did not prove healthy. */
  get failures(): number {
    return this.#failures;
  }

  /** The server set a delay of its own, which applies until it sets another. */
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
   * An event proves a connection healthy if the connection has lasted longer than the delay before it. The next proof
   * takes twice as long, until a connection was stable. Otherwise a server could cause endless reconnects by sending
   * one event each time.
   */
  event(now: number): void {
    if (this.#failures === 0) return;
    if (this.#openMs(now) <= Math.max(this.#previousDelayMs, this.#proofMs)) return;
    this.#failures = 0;
    this.#proofMs *= 2;
  }

  /**
   * The attempt has ended. Returns the delay until the next one, in ms: at least the one of `Retry-After`, if given.
   */
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
    // A base of 0 applies to the first retry only, since it could not grow.
    const next = this.#failures === 0 ? base : Math.max(base, 1) * factor ** this.#failures;
    const grown = Math.min(next, Math.max(maxDelayMs, base));
    if (jitter === "none") return { least: grown, chance: 0 };
    const part = jitter === "full" ? grown : grown / 2;
    // A delay that the server asked for is the minimum. The feed's own delay is the maximum.
    const least = this.#serverRetryMs === undefined ? grown - part : grown;
    return { least, chance: this.#random() * part };
  }
}
