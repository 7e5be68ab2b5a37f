// What is measured, and in what.

/** So many sessions in one process. */
export type Size = 1_000 | 10_000;
export const sizes: readonly Size[] = [1_000, 10_000];

/** Events per tick. */
export const bursts: readonly number[] = [1, 16];

const spaced = (count: number): string => count.toLocaleString("en").replace(",", " ");

export const delivery = (size: Size, burst: number): string =>
  `${spaced(size)} sessions, ${burst === 1 ? "1 event" : `${burst} events`} per tick`;
export const idle = (size: Size): string => `${spaced(size)} idle sessions`;
export const reconnection = "1 000 readers come back at once";
export const stopped = "one stopped reader, 32 MB published";

export interface Table {
  /** The file in `bench/results`. */
  readonly file: string;
  /** As it is measured, and as it is shown. */
  readonly raw: string;
  readonly unit: string;
  /** How many of the first are one of the second. */
  readonly per: number;
  readonly digits: number;
  readonly workloads: readonly string[];
}

export const tables: readonly Table[] = [
  {
    file: "server",
    raw: "CPU ns per delivery",
    unit: "CPU µs per delivery",
    per: 1000,
    digits: 2,
    workloads: sizes.flatMap((size) => bursts.map((burst) => delivery(size, burst))),
  },
  {
    file: "server-reconnect",
    raw: "CPU ns per reader",
    unit: "CPU µs per reader",
    per: 1000,
    digits: 0,
    workloads: [reconnection],
  },
  {
    file: "server-memory",
    raw: "bytes of memory per session",
    unit: "KB of memory per session",
    per: 1024,
    digits: 1,
    workloads: [...sizes.map(idle), stopped],
  },
];
