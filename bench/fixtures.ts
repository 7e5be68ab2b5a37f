// The measured streams: seeded, so the same in every process.

/** One event as bytes on the wire, and its expected data. */
export interface Sample {
  readonly text: string;
  readonly data: string;
}

/** A small generator of numbers in [0, 1) (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sample = (data: string, lineEnd = "\n"): Sample => ({
  text: `data: ${data}${lineEnd}${lineEnd}`,
  data,
});

const words = "the a feed keeps its place on every stream and never floods or goes silent".split(
  " ",
);

/** About 180 bytes, like a chunk of a language model's answer. */
export function tokens(count: number, lineEnd = "\n"): Sample[] {
  const random = seeded(1);
  return Array.from({ length: count }, (_, index) => {
    const content = ` ${words[Math.floor(random() * words.length)]}`;
    const choice = { index: 0, delta: { content }, finish_reason: null };
    const chunk = {
      id: "chatcmpl-9xKq2mTfYb7RzW",
      object: "chat.completion.chunk",
      created: 1_790_000_000 + index,
      choices: [choice],
    };
    return sample(JSON.stringify(chunk), lineEnd);
  });
}

/** 9 bytes each, the smallest useful events. */
export function tiny(count: number): Sample[] {
  const random = seeded(2);
  return Array.from({ length: count }, () => sample(String.fromCharCode(97 + random() * 26)));
}

/** JSON of a given size. */
export function large(count: number, bytes: number): Sample[] {
  const random = seeded(3);
  return Array.from({ length: count }, () => {
    const parts: string[] = [];
    for (let length = 12; length < bytes; length += parts.at(-1)!.length + 1) {
      parts.push(JSON.stringify({ id: Math.floor(random() * 1e9), eur: random() }));
    }
    return sample(`[${parts.join(",")}]`);
  });
}

/** The samples' bytes in chunks of one size, each in memory of its own, as from a socket. */
export function cut(samples: readonly Sample[], size: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(samples.map(({ text }) => text).join(""));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}

/** In pieces of 1 to 64 KB that end anywhere: within a line, a field's name, or a character. */
export function cutOddly(samples: readonly Sample[]): Uint8Array[] {
  const random = seeded(4);
  const bytes = new TextEncoder().encode(samples.map(({ text }) => text).join(""));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieces.at(-1)!.length) {
    pieces.push(bytes.slice(at, at + 1024 + Math.floor(random() * 63 * 1024)));
  }
  return pieces;
}

/** Each with an id, and a comment before each eighth. */
export const withIds = (samples: readonly Sample[]): Sample[] =>
  samples.map(({ text, data }, index) => {
    const comment = index % 8 === 0 ? ": keep-alive\n\n" : "";
    return { text: `${comment}id: ${1_000_000 + index}\n${text}`, data };
  });

/** One event per piece. */
export const each = (samples: readonly Sample[]): Uint8Array[] =>
  samples.map(({ text }) => new TextEncoder().encode(text));

/** Continues a checksum with one more event's data. */
export function check(sum: number, data: string): number {
  let next = sum;
  for (let i = 0; i < data.length; i++) next = (Math.imul(next, 31) + data.charCodeAt(i)) | 0;
  return Math.imul(next, 33) ^ data.length;
}

/** Checks the work, then does the least a consumer can do: counts events and characters. */
export class Tally {
  events = 0;
  characters = 0;
  sum = 0;
  readonly #proved: number;

  /** The first so many events are checked byte for byte, the rest by their number and length. */
  constructor(proved: number) {
    this.#proved = proved;
  }

  take(data: string): void {
    if (this.events < this.#proved) this.sum = check(this.sum, data);
    this.events++;
    this.characters += data.length;
  }

  /** A decoded value counts as its source text: encoding it again would be measured too. */
  takeDecoded(value: unknown, { data }: Sample): void {
    if (typeof value !== "object") throw new Error("a value was not decoded");
    this.take(this.events < this.#proved ? JSON.stringify(value) : data);
  }

  /** Throws unless exactly these samples arrived, the given number of times. */
  expect(samples: readonly Sample[], times: number): void {
    const expected = new Tally(this.#proved);
    for (let i = 0; i < times; i++) for (const { data } of samples) expected.take(data);
    for (const what of ["events", "characters", "sum"] as const) {
      if (this[what] !== expected[what]) {
        throw new Error(`${what}: ${this[what]} came, ${expected[what]} were sent`);
      }
    }
  }
}
