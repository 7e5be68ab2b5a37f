import { callLoose } from "../core/hook.ts";
import type { Ending } from "./ending.ts";

/** The session that is written to. */
interface Target<E> {
  readonly open: boolean;
  send(event: E): boolean;
  drained(): Promise<boolean>;
}

/** Writes what a source yields, at the reader's pace, until the source is done or the session ends. */
export async function writeFrom<E>(
  source: AsyncIterable<E>,
  session: Target<E>,
  ending: Ending,
): Promise<void> {
  const events = source[Symbol.asyncIterator]();
  // A source that waits for its next event would not notice the end of the session otherwise.
  const stop = (): void =>
    callLoose(
      () => events.return?.(),
      () => undefined,
    );
  if (!session.open) return stop();
  const forget = ending.onEnd(stop);
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
