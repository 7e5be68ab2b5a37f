import { checkToken } from "#checks";
import { say } from "#words";
import type { Attempt, ResolvedOptions } from "../core/options.ts";
import { Watch } from "../core/watch.ts";
import { tell, type OnStatus } from "./tell.ts";

/**
 * The `Authorization` header for the `token` option. The signal ends the wait for a token function, and a long wait is
 * reported.
 */
export async function authorization(
  token: ResolvedOptions["token"],
  reason: Attempt["reason"],
  signal: AbortSignal | undefined,
  onStatus: OnStatus | undefined,
): Promise<string> {
  const watch = new Watch(false);
  if (onStatus) watch.remind((status) => tell(onStatus, status), "request", say("no-answer-yet"));
  let abort!: () => void;
  try {
    const value = await new Promise<string | undefined>((resolve, reject) => {
      abort = () => reject(signal!.reason);
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) return abort();
      const attempt = { number: 1, reason, lastEventId: "", error: undefined, signal: signal! };
      const given = typeof token === "function" ? token(attempt) : token;
      Promise.resolve(given).then(resolve, reject);
    });
    checkToken(value);
    return `Bearer ${value}`;
  } finally {
    watch.stop();
    signal?.removeEventListener("abort", abort);
  }
}
