import { memoryLog, type Log } from "@steadfeed/server";

/** Where the streams' memory is, while servers come and go. */
export interface Memory {
  /** The log for the next server. */
  open(): Log;
  /** Loses everything: what is opened next knows nothing of it. */
  lose(): Promise<void>;
  /** Lets go of it when all is over. */
  close(): Promise<void>;
}

/** So little is kept that a reader who is away for some seconds meets a gap. */
const keep = { maxEvents: 25, maxBytes: 12 << 20 };

export const memories: Readonly<Record<string, () => Memory>> = {
  memory() {
    let log = memoryLog(keep);
    return {
      open: () => log,
      async lose() {
        log = memoryLog(keep);
      },
      close: async () => undefined,
    };
  },
};

/** Throws for a name that is not there. */
export function memoryOf(name: string): Memory {
  const make = memories[name];
  if (!make)
    throw new TypeError(`--log is one of ${Object.keys(memories).join(", ")}, not ${name}.`);
  return make();
}
