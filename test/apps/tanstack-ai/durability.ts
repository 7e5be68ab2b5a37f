// TanStack AI's delivery durability on a broker's runs: cursors are the ids of events, and a run's log outlives its readers.
import { resolveResumeRunId, type StreamChunk, type StreamDurability } from "@tanstack/ai";
import type { Broker, Run } from "@steadfeed/server";

export function durability(broker: Broker, request: Request): StreamDurability {
  const id = resolveResumeRunId(request) ?? crypto.randomUUID();
  const { searchParams } = new URL(request.url);
  let run: Promise<Run> | undefined;
  async function* read(offset: string, more: { live?: boolean; signal?: AbortSignal }) {
    const lastEventId = offset === "-1" ? "" : offset;
    for await (const event of broker.runs.read(id, { ...more, lastEventId })) {
      yield { offset: event.lastEventId, chunk: JSON.parse(event.data) as StreamChunk };
    }
  }
  return {
    resumeFrom: () => request.headers.get("Last-Event-ID") ?? searchParams.get("offset"),
    async append(chunks) {
      const producer = await (run ??= broker.run(id));
      const kept = await Promise.all(chunks.map((data) => producer.publish({ data })));
      return kept.map((event) => event.id);
    },
    read: (offset, signal) => read(offset, signal ? { signal } : {}),
    close: async () => (await run)?.end(),
    async snapshot() {
      return (await broker.runs.find(id)) ? Array.fromAsync(read("-1", { live: false })) : [];
    },
  };
}
