/** Where a stream is cut into the chunks it arrives in: offsets, ascending. The same offset twice makes an empty chunk. */
export interface Cut {
  readonly name: string;
  readonly at: readonly number[];
}

export function* pieces(stream: Uint8Array, at: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (const offset of at) {
    yield stream.subarray(start, offset);
    start = offset;
  }
  yield stream.subarray(start);
}

/** All the cuts a short stream of `length` bytes has to survive. */
export function everyCut(length: number): Cut[] {
  return [
    { name: "whole", at: [] },
    { name: "byte by byte", at: every(1, length) },
    { name: "byte by byte, empty chunks between", at: everyTwice(length) },
    { name: "2-byte pieces", at: every(2, length) },
    { name: "3-byte pieces", at: every(3, length) },
    { name: "7-byte pieces", at: every(7, length) },
    ...every(1, length).map((offset) => twoWay(offset)),
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((seed) => randomCut(length, seed, length / 4)),
  ];
}

/** A sample of them for a long one: sizes that sockets and files have, both ends, places in between. */
export function sampledCuts(length: number): Cut[] {
  const inside = [1, 2, 3, 4, 5, 6, 7].map((eighth) => Math.floor((length * eighth) / 8));
  return [
    { name: "whole", at: [] },
    { name: "1021-byte pieces", at: every(1021, length) },
    { name: "1460-byte pieces", at: every(1460, length) },
    { name: "16 KiB pieces", at: every(16_384, length) },
    { name: "64 KiB pieces", at: every(65_536, length) },
    ...[1, 2, 6, 7, ...inside, length - 3, length - 2, length - 1].map((offset) => twoWay(offset)),
    ...[1, 2].map((seed) => randomCut(length, seed, 300)),
  ];
}

const twoWay = (offset: number): Cut => ({ name: `in two at byte ${offset}`, at: [offset] });

const every = (size: number, length: number): number[] =>
  Array.from({ length: Math.max(0, Math.ceil(length / size) - 1) }, (_, i) => (i + 1) * size);

const everyTwice = (length: number): number[] =>
  Array.from({ length: 2 * (length + 1) }, (_, i) => Math.floor(i / 2));

function randomCut(length: number, seed: number, count: number): Cut {
  const random = seededRandom(seed);
  const at = Array.from({ length: Math.ceil(count * 2 * random()) }, () =>
    Math.floor(random() * (length + 1)),
  );
  return { name: `random cuts, seed ${seed}`, at: at.toSorted((a, b) => a - b) };
}

/** mulberry32: the same numbers in [0, 1) for the same seed, everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
