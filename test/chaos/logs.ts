import { memoryLog, type Log } from "@steadfeed/server";
import type { Random } from "./random.ts";
import { redisMemory } from "./redis.ts";

/** Where the streams' memory is, while servers come and go. */
export interface Memory {
  /** The log for the next server. */
  open(): Promise<Log>;
  /** Loses everything: what is opened next knows nothing of it. */
  lose(): Promise<void>;
  /** Releases it at the end. */
  close(): Promise<void>;
  /** Of a memory elsewhere. */
  readonly away?: Away;
}

/** A memory at the other end of a line: an answer may be lost, and what is published again take an earlier place. */
export interface Away {
  readonly counts: Readonly<Record<string, number>>;
  /** One moment, in which something may befall it. */
  strike(): void;
  /** Nothing befalls it from now on. */
  rest(): Promise<void>;
  /** The order of two ids. */
  readonly compare: (one: string, other: string) => number;
}

/** So little is kept that a reader that is away for some seconds gets a gap. */
const keep = { maxEvents: 25, maxBytes: 12 << 20 };

export const memories: Readonly<Record<string, (random: Random) => Promise<Memory>>> = {
  async memory() {
    let log = memoryLog(keep);
    return {
      open: async () => log,
      async lose() {
        log = memoryLog(keep);
      },
      close: async () => undefined,
    };
  },
  redis: redisMemory,
};

/** Throws for a name that is not there. */
export function memoryOf(name: string, random: Random): Promise<Memory> {
  const make = memories[name];
  if (!make)
    throw new TypeError(`--log is one of ${Object.keys(memories).join(", ")}, not ${name}.`);
  return make(random);
}
