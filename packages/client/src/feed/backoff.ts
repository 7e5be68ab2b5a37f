import { longestDelayMs } from "#timers";
import type { BackoffOptions } from "../core/retry-options.ts";

/** The shortest delay that a server's `retry:` can set, in ms, so that `retry: 0` causes no storm. */
const minServerRetryMs = 250;

/** A connection that broke sooner than this, in ms, does not count as healthy, even if events arrived. */
const minProofMs = 1000;

/**
 * Calculates the delay before the next attempt. It grows while attempts fail, and starts over once a connection proved
 * healthy. The time and the random numbers are passed in. `Retry` decides if there is a next attempt.
 */
export class Backoff {
  /** The number of attempts in a row that did not prove healthy. */
  failures = 0;
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #previousDelayMs = 0;
  /** `Infinity` while no connection is open. */
  #openedAt = Infinity;
  /** How long a connection has to last before an event proves it healthy, in ms. */
  #proofMs = minProofMs;
  #serverRetryMs: number | undefined;

  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  /** The server set a delay of its own, which applies until it sets another. */
  serverRetry(ms: number): void {
    this.#serverRetryMs = Math.min(Math.max(ms, minServerRetryMs), this.#options.maxServerRetryMs);
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
    const proofMs = Math.max(this.#previousDelayMs, this.#proofMs);
    if (this.failures === 0 || now - this.#openedAt <= proofMs) return;
    this.failures = 0;
    this.#proofMs *= 2;
  }

  /**
   * The attempt has ended. Returns the delay until the next one, in ms: at least the one of `Retry-After`, if given.
   */
  next(now: number, retryAfterMs = 0): number {
    const { initialDelayMs, maxDelayMs, factor, jitter, stableAfterMs } = this.#options;
    if (now - this.#openedAt >= stableAfterMs) {
      this.failures = 0;
      this.#proofMs = minProofMs;
    }
    this.#openedAt = Infinity;
    const asked = this.#serverRetryMs;
    const base = asked ?? initialDelayMs;
    // A base of 0 applies to the first retry only, since it could not grow.
    const next = this.failures === 0 ? base : Math.max(base, 1) * factor ** this.failures;
    const grown = Math.min(next, Math.max(maxDelayMs, base));
    const part = { none: 0, equal: grown / 2, full: grown }[jitter];
    const chance = this.#random() * part;
    // A delay that the server asked for is the minimum. The feed's own delay is the maximum.
    const least = asked === undefined ? grown - part : grown;
    this.failures++;
    this.#previousDelayMs = least + chance;
    return Math.min(Math.round(Math.max(least, retryAfterMs) + chance), longestDelayMs);
  }
}
