// The published events, the same in every process.
import { type Sample } from "../fixtures.ts";

/** Once in each event and nowhere else on the wire, so that readers can count it. */
export const mark = "~";

export interface Quote {
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly at: string;
  readonly note: string;
}

/** About 200 bytes each on the wire. */
export function quotes(count: number): Quote[] {
  return Array.from({ length: count }, (_, i) => ({
    symbol: `SFD${i % 100}`,
    bid: 1000 + ((i * 7919) % 10_000) / 100,
    ask: 1001 + ((i * 104_729) % 10_000) / 100,
    at: new Date(1_790_000_000_000 + i * 1000).toISOString(),
    note: `a feed keeps its place on every stream${mark}`,
  }));
}

/** The expected text of a reader. */
export const samplesOf = (events: readonly Quote[]): Sample[] =>
  events.map((event) => {
    const data = JSON.stringify(event);
    return { data, text: `data: ${data}\n\n` };
  });
