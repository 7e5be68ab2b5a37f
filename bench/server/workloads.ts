// The workloads, and their units.

/** The number of sessions in one process. */
export type Size = 1_000 | 10_000;
export const sizes: readonly Size[] = [1_000, 10_000];

/** Events per tick. */
export const bursts: readonly number[] = [1, 16];

const spaced = (count: number): string => count.toLocaleString("en").replace(",", " ");

export const delivery = (size: Size, burst: number): string =>
  `${spaced(size)} sessions, ${burst === 1 ? "1 event" : `${burst} events`} per tick`;
export const idle = (size: Size): string => `${spaced(size)} idle sessions, RSS`;
export const idleHeap = (size: Size): string => `${spaced(size)} idle sessions, heap`;
export const reconnection = "1 000 readers come back at once";
export const stopped = "one stopped reader, 32 MB published";

export interface Table {
  /** The file in `bench/results`. */
  readonly file: string;
  readonly unit: string;
  readonly title: string;
  readonly how: string;
  readonly workloads: readonly string[];
}

export const tables: readonly Table[] = [
  {
    file: "server",
    unit: "CPU ns per delivery",
    title: "The server: to deliver",
    how: "Every event, of about 200 B, goes to every session; the next ones are published when the readers, in a process of their own, have all of them. Web handlers are measured with the same adapter, beside ours.",
    workloads: sizes.flatMap((size) => bursts.map((burst) => delivery(size, burst))),
  },
  {
    file: "server-reconnect",
    unit: "CPU ns per reader",
    title: "The server: when all come back",
    how: "1 000 readers break off, and come back with the id of an event that is kept.",
    workloads: [reconnection],
  },
  {
    file: "server-memory",
    unit: "bytes of memory per session",
    title: "The server: memory",
    how: "After garbage collection. RSS is that of the process, and at 1 000 sessions most of it is what opening them has left behind; of a stopped reader it is what the process holds for it, heap and buffers.",
    workloads: [...sizes.flatMap((size) => [idleHeap(size), idle(size)]), stopped],
  },
];
