/** How long an idempotency key is remembered, in milliseconds. */
export const onceMs = 600_000;
/** The approximate cost of a key besides its characters, in bytes: the entry, the event's id and the time. */
const keyCost = 200;

interface Remembered {
  readonly id: string;
  readonly until: number;
  readonly bytes: number;
}

/**
 * The ids of events published with an idempotency key, for a while. Over `maxBytes` the oldest keys are removed; the
 * newest stays.
 */
export class Once {
  readonly #maxBytes: number;
  readonly #kept = new Map<string, Remembered>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The approximate memory of all keys, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string | undefined): string | undefined {
    const kept = key === undefined ? undefined : this.#kept.get(key);
    return kept && kept.until > Date.now() ? kept.id : undefined;
  }

  set(key: string | undefined, id: string): void {
    if (key === undefined) return;
    const now = Date.now();
    this.#delete(key);
    const bytes = keyCost + 2 * (key.length + id.length);
    this.#kept.set(key, { id, until: now + onceMs, bytes });
    this.#bytes += bytes;
    // Oldest first.
    for (const [oldest, { until }] of this.#kept) {
      if (oldest === key || (until > now && this.#bytes <= this.#maxBytes)) break;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}
