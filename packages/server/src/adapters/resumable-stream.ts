import type { AnyBroker } from "../broker/broker.ts";
import type { RunOptions } from "../run/run-options.ts";

/** The return type of `createResumableStreamContext` in the package `resumable-stream`, with a stop. */
export interface ResumableContext {
  createNewResumableStream(
    streamId: string,
    makeStream: () => ReadableStream<string>,
    skipCharacters?: number,
  ): Promise<ReadableStream<string> | null>;
  resumeExistingStream(
    streamId: string,
    skipCharacters?: number,
  ): Promise<ReadableStream<string> | null | undefined>;
  resumableStream(
    streamId: string,
    makeStream: () => ReadableStream<string>,
    skipCharacters?: number,
  ): Promise<ReadableStream<string> | null>;
  hasExistingStream(streamId: string): Promise<null | true | "DONE">;
  /** Ends a stream on whichever node produces it. Returns whether the stream exists. */
  stop(streamId: string): Promise<boolean>;
}

/**
 * A drop-in for the context of `resumable-stream`: `consumeSseStream: ({ stream }) =>
 * context.createNewResumableStream(id, () => stream)`.
 *
 * After: a stream continues after its reader has left. If it fails, its readers' streams are aborted
 */
export function resumableContext<State>(
  broker: AnyBroker<State>,
  options: Omit<RunOptions, "exclusive"> = {},
): ResumableContext {
  const { runs } = broker;
  const reading = (id: string, skip = 0): ReadableStream<string> => {
    let left = skip;
    const events = runs.read(id);
    return new ReadableStream<string>({
      async pull(controller) {
        for (;;) {
          const { done, value } = await events.next();
          if (done) return controller.close();
          const text = value.data.slice(left);
          left = Math.max(0, left - value.data.length);
          if (text !== "") return controller.enqueue(text);
        }
      },
      cancel: () => events.return().then(() => undefined),
    });
  };
  const context: ResumableContext = {
    async createNewResumableStream(id, makeStream, skip) {
      const run = await broker.run(id, options);
      // Nothing awaits it: an error aborts the readers' streams.
      run.from(makeStream()).catch(() => undefined);
      return reading(id, skip);
    },
    async resumeExistingStream(id, skip) {
      const known = await runs.find(id);
      if (!known) return undefined;
      return known.end ? null : reading(id, skip);
    },
    async resumableStream(id, makeStream, skip) {
      const known = await context.resumeExistingStream(id, skip);
      return known === undefined ? context.createNewResumableStream(id, makeStream, skip) : known;
    },
    async hasExistingStream(id) {
      const known = await runs.find(id);
      return known ? (known.end ? "DONE" : true) : null;
    },
    stop: (id) => runs.stop(id),
  };
  return context;
}
