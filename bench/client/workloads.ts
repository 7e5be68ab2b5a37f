import { cut, each, large, tiny, tokens, type Sample } from "../fixtures.ts";

const kb = 1024;

/** A stream, sent over and over. */
export interface Workload {
  /** `size` 1 is for timing; less of it for trying. */
  readonly samples: (size: number) => Sample[];
  readonly pieces: (samples: readonly Sample[]) => Uint8Array[];
  /** Consumers get the decoded value: by a client that decodes, or by `JSON.parse` in its callback. */
  readonly json: boolean;
  /** Only with `--all`. */
  readonly more: boolean;
}

/** Cut into small pieces, it takes some parsers the square of its time. */
export const drip = "8 MB in 1 KB pieces";

const text = { json: false, more: false };
const json = { json: true, more: false };

/** Of every workload there is so much when it is tried. */
export const trial = 1 / 16;

/** As fast as the socket takes. */
const bulk = (samples: readonly Sample[]): Uint8Array[] => cut(samples, 64 * kb);
const dripped = (samples: readonly Sample[]): Uint8Array[] => cut(samples, kb);
const llm = (size: number): Sample[] => tokens(4096 * size);
const small = (size: number): Sample[] => tiny(32 * kb * size);
const big = (size: number): Sample[] => large(16 * size, 64 * kb);
const huge = (size: number): Sample[] => large(1, 8 * kb * kb * size);

/** `each`: one piece per event, as a server that writes each event sends them. */
export const workloads: Readonly<Record<string, Workload>> = {
  "180 B, bulk": { samples: llm, pieces: bulk, ...text },
  "180 B, one per piece": { samples: llm, pieces: each, ...text },
  "180 B, JSON": { samples: llm, pieces: each, ...json },
  "9 B, bulk": { samples: small, pieces: bulk, ...text },
  [drip]: { samples: huge, pieces: dripped, ...text },
  "64 KB, JSON": { samples: big, pieces: bulk, ...json, more: true },
  "180 B, JSON, bulk": { samples: llm, pieces: bulk, ...json, more: true },
  "9 B, one per piece": { samples: small, pieces: each, ...text, more: true },
  "64 KB, bulk": { samples: big, pieces: bulk, ...text, more: true },
  "64 KB, one per piece": { samples: big, pieces: each, ...text, more: true },
};
