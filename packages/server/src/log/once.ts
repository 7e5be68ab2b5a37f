/** For how long an idempotency key is remembered, in milliseconds. */
export const onceMs = 600_000;
const mostKeys = 100_000;

/** The ids of events that were published with a key of their own, for a while. */
export class Once {
  readonly #kept = new Map<string, { readonly id: string; readonly until: number }>();

  get(key: string | undefined): string | undefined {
    const kept = key === undefined ? undefined : this.#kept.get(key);
    return kept && kept.until > Date.now() ? kept.id : undefined;
  }

  set(key: string | undefined, id: string): void {
    if (key === undefined) return;
    const now = Date.now();
    this.#kept.delete(key);
    this.#kept.set(key, { id, until: now + onceMs });
    // In the order of their age.
    for (const [oldest, { until }] of this.#kept) {
      if (until > now && this.#kept.size <= mostKeys) break;
      this.#kept.delete(oldest);
    }
  }
}
