import { cut, cutOddly, each, large, tiny, tokens, withIds, type Sample } from "../fixtures.ts";

const kb = 1024;

/** A stream that is sent repeatedly. */
export interface Workload {
  /** `size` 1 is for measurements; less for a smoke run. */
  readonly samples: (size: number) => Sample[];
  readonly pieces: (samples: readonly Sample[]) => Uint8Array[];
  /** How the body is framed: a chunk for every piece, or as it is until the connection closes. */
  readonly framing: "chunked" | "close";
  /** Each piece is written to the socket by itself, and so is a read of its own. */
  readonly apart?: true;
  /** Consumers get the decoded value: from a client that decodes, or by `JSON.parse` in its callback. */
  readonly json?: true;
}

/** The size of every workload in a smoke run. */
export const trial = 1 / 16;

const whole = (samples: readonly Sample[]): Uint8Array[] => cut(samples, 64 * kb);
const dripped = (samples: readonly Sample[]): Uint8Array[] => cut(samples, kb);
const llm = (size: number): Sample[] => tokens(4096 * size);
const llmWithIds = (size: number): Sample[] => withIds(tokens(4096 * size));
const small = (size: number): Sample[] => tiny(32 * kb * size);
const big = (size: number): Sample[] => large(16 * size, 64 * kb);
const huge = (size: number): Sample[] => large(1, 8 * kb * kb * size);

const chunked = { framing: "chunked" } as const;
const byClose = { framing: "close" } as const;

/** Cut into small chunks, which takes some parsers quadratic time. */
export const drip = "8 MB in 1 KB chunks";
export const bulk = "180 B, bulk";
export const bulkByClose = "180 B, bulk, by close";
export const perChunk = "180 B, one per chunk";
export const perWrite = "180 B, one per write";
export const ids = "180 B, ids and comments";
export const small9 = "9 B, bulk";
export const json = "180 B, JSON";

export const workloads: Readonly<Record<string, Workload>> = {
  [bulk]: { samples: llm, pieces: cutOddly, ...chunked },
  [bulkByClose]: { samples: llm, pieces: cutOddly, ...byClose },
  [perChunk]: { samples: llm, pieces: each, ...chunked },
  [perWrite]: { samples: llm, pieces: each, ...byClose, apart: true },
  [ids]: { samples: llmWithIds, pieces: cutOddly, ...chunked },
  [small9]: { samples: small, pieces: cutOddly, ...chunked },
  [json]: { samples: llm, pieces: each, ...chunked, json: true },
  [drip]: { samples: huge, pieces: dripped, ...chunked },
  "64 KB, JSON": { samples: big, pieces: whole, ...chunked, json: true },
  "180 B, JSON, bulk": { samples: llm, pieces: cutOddly, ...chunked, json: true },
  "9 B, one per chunk": { samples: small, pieces: each, ...chunked },
  "64 KB, bulk": { samples: big, pieces: whole, ...chunked },
  "64 KB, one per chunk": { samples: big, pieces: each, ...chunked },
};

/** Its path, where the server has it. */
export const indexOf = (workload: string): number => Object.keys(workloads).indexOf(workload);

/** In HTTP's chunked coding. */
const coded = (piece: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);

/** What goes to the socket for the samples once, a write each. */
export function writes({ pieces, framing, apart }: Workload, samples: readonly Sample[]): Buffer[] {
  const framed = pieces(samples).map((piece) =>
    framing === "chunked" ? coded(piece) : Buffer.from(piece),
  );
  return apart ? framed : [Buffer.concat(framed)];
}
