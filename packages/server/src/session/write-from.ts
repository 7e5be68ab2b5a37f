import { callUnawaited } from "../core/hook.ts";
import { iterate } from "../core/iterate.ts";
import type { Ending } from "./ending.ts";

/** The session to write to. */
interface Target<E> {
  readonly open: boolean;
  send(event: E): boolean;
  drained(): Promise<boolean>;
}

/** Writes the events of a source, at the reader's pace, until the source is done or the session ends. */
export async function writeFrom<E>(
  source: AsyncIterable<E>,
  session: Target<E>,
  ending: Ending,
): Promise<void> {
  const events = iterate(source);
  // A source that waits for its next event would otherwise not notice the end of the session.
  const stop = (): void =>
    callUnawaited(
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
