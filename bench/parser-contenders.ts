import { cut, each, large, tiny, tokens, type Sample } from "./fixtures.ts";

/** Bytes in, data out. */
type Push = (bytes: Uint8Array) => void;

async function eventsourceParser(event: (data: string) => void): Promise<Push> {
  const { createParser } = await import("eventsource-parser");
  const parser = createParser({ onEvent: ({ data }) => event(data) });
  const decoder = new TextDecoder();
  return (bytes) => parser.feed(decoder.decode(bytes, { stream: true }));
}

export const ours = "@steadfeed/parser";
/** What a feed in a page uses. */
export const lean = "@steadfeed/parser/lean";
export const theirs = "eventsource-parser";
/** The same as `theirs`, in the same rounds: the distance of its ratio from 1 is the noise of the others. */
export const control = "eventsource-parser, again";

export const parsers: Readonly<Record<string, (event: (data: string) => void) => Promise<Push>>> = {
  async [ours](event) {
    const { createParser } = await import("@steadfeed/parser");
    const parser = createParser({ onEvent: ({ data }) => event(data) });
    return (bytes) => parser.push(bytes);
  },
  async [lean](event) {
    const { createParser } = await import("@steadfeed/parser/lean");
    const parser = createParser({ onEvent: ({ data }) => event(data) });
    return (bytes) => parser.push(bytes);
  },
  [theirs]: eventsourceParser,
  [control]: eventsourceParser,
};

interface Workload {
  readonly samples: readonly Sample[];
  readonly pieces: readonly Uint8Array[];
}

/** `size` 1 is for measurements; less for a smoke run. */
const workload = (
  count: number,
  make: (count: number) => Sample[],
  pieces: (samples: readonly Sample[]) => Uint8Array[],
) => {
  return (size: number): Workload => {
    const samples = make(Math.ceil(count * size));
    return { samples, pieces: pieces(samples) };
  };
};

const kb = 1024;
const by = (size: number) => (samples: readonly Sample[]) => cut(samples, size);

export const workloads: Readonly<Record<string, (size: number) => Workload>> = {
  "180 B events, 64 KB chunks": workload(8000, tokens, by(64 * kb)),
  "180 B events, one per chunk": workload(8000, tokens, each),
  "180 B events, 7 B chunks": workload(1000, tokens, by(7)),
  "180 B events, CRLF, 64 KB chunks": workload(8000, (n) => tokens(n, "\r\n"), by(64 * kb)),
  "9 B events, 64 KB chunks": workload(100_000, tiny, by(64 * kb)),
  "9 B events, one per chunk": workload(20_000, tiny, each),
  "64 KB events, 64 KB chunks": workload(50, (n) => large(n, 64 * kb), by(64 * kb)),
  "64 KB events, one per chunk": workload(50, (n) => large(n, 64 * kb), each),
  "8 MB event, 1 KB chunks": workload(1, (n) => large(n, 8 * kb * kb), by(kb)),
};
