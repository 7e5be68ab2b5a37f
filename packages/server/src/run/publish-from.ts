import type { ServerEvent } from "../core/event.ts";
import { callUnawaited } from "../core/hook.ts";
import { iterate } from "../core/iterate.ts";
import type { Producer } from "./producer.ts";

/** The sources that a run can be published from. */
export type RunSource<Event = ServerEvent | string> = AsyncIterable<Event> | ReadableStream<Event>;

/**
 * Publishes the events of a source, and ends the run with it. Resolves when the run has ended, whichever side ended it.
 */
export function publishFrom(source: RunSource, producer: Producer): Promise<void> {
  const events = iterate(source as AsyncIterable<ServerEvent | string>);
  const leave = (): void =>
    callUnawaited(
      () => events.return?.(),
      () => undefined,
    );
  return new Promise((resolve, reject) => {
    let failure: { readonly error: unknown } | undefined;
    const settle = (): void => {
      leave();
      if (failure) reject(failure.error);
      else resolve();
    };
    // A source that waits for its next event would otherwise not notice the end.
    void producer.closed.then(settle);
    take(events, producer)
      .catch((error: unknown) => {
        failure = { error };
        return producer.fail(error);
      })
      .then(settle, settle);
  });
}

/** Runs until the source is done, or the run has ended. Throws the source's error. */
async function take(
  events: AsyncIterator<ServerEvent | string>,
  producer: Producer,
): Promise<void> {
  const failures: unknown[] = [];
  const { outbox } = producer;
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (producer.ending) return;
      if (done) return await producer.finish({ reason: "done" });
      producer.publish(value).catch((error: unknown) => failures.push(error));
      await outbox.room();
      if (failures.length > 0) throw failures[0];
    }
  } catch (error) {
    if (producer.ending) return;
    // An error caused by the signal is not a failure.
    if (!producer.stopping) throw error;
    await producer.finish({ reason: "stopped" });
  }
}
