// assistant-ui's resumable streams on a broker's runs: election, fence and end are the run's own.
import type { Broker, Run } from "@steadfeed/server";
import type { ResumableStreamStore } from "assistant-stream/resumable";

export function runStore(broker: Broker): ResumableStreamStore {
  const mine = new Map<string, Run>();
  const own = (id: string): Run => {
    const run = mine.get(id);
    if (run) return run;
    throw new Error(`This process does not produce ${id}.`);
  };
  return {
    async acquire(id, { ttlMs } = {}) {
      const run = await broker.run(id, { exclusive: false, ...(ttlMs && { ttlMs }) });
      if (!run.owner) return "consumer";
      mine.set(id, run);
      void run.closed.then(() => mine.delete(id));
      return "producer";
    },
    append: async (id, data) => void (await own(id).publish({ data })),
    async finalize(id, status, error = "The stream failed.") {
      const run = mine.get(id);
      await (status === "done" ? run?.end() : run?.fail(error));
      return run !== undefined;
    },
    async *read(id, lastEventId, signal) {
      for await (const { data, lastEventId: cursor } of broker.runs.read(id, {
        lastEventId,
        signal,
      })) {
        yield { cursor, chunk: Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0)) };
      }
    },
    async status(id) {
      const run = await broker.runs.find(id);
      if (!run?.end) return run ? "streaming" : "missing";
      return ["done", "stopped"].includes(run.end.reason) ? "done" : "error";
    },
    delete: async (id) => void (await broker.runs.stop(id)),
  };
}
