import { callLoose } from "../core/hook.ts";

/** What is written to. */
interface Target<E> {
  readonly open: boolean;
  send(event: E): boolean;
  drained(): Promise<boolean>;
}

/** Writes what a source yields at the reader's pace. `ended` calls back when the session ends, and returns what undoes that. */
export async function writeFrom<E>(
  source: AsyncIterable<E>,
  session: Target<E>,
  ended: (call: () => void) => () => void,
): Promise<void> {
  const events = source[Symbol.asyncIterator]();
  // A source that waits for its next event, or yields what cannot be written, would not notice the end otherwise.
  const stop = (): void =>
    callLoose(
      () => events.return?.(),
      () => undefined,
    );
  if (!session.open) return stop();
  const forget = ended(stop);
  try {
    for (;;) {
      const { done, value } = await events.next();
      if (done || !session.open) return;
      while (!session.send(value)) if (!(await session.drained())) return;
    }
  } catch (error) {
    stop();
    throw error;
  } finally {
    forget();
  }
}
