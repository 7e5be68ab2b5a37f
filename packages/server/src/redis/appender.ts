import { ServerError } from "../core/errors.ts";
import { entryOf, type Address, type Appended, type Draft } from "../log/log.ts";
import { clearScript } from "./clearing.ts";
import { refusal, type Link } from "./link.ts";
import type { Keys, Retention } from "./settings.ts";
import { longestId } from "./position.ts";
import { fieldsOf } from "./record.ts";

export interface AppenderOptions {
  readonly link: Link;
  readonly keys: Keys;
  readonly onceMs: number;
  readonly retention: Retention;
  /** How many events may wait while Redis is away. */
  readonly queueEvents: number;
}

const once = `local id = redis.call('GET', KEYS[2])
if id then return {id, 1} end
id = redis.call('XADD', KEYS[1], unpack(ARGV, 2))
redis.call('SET', KEYS[2], id, 'PX', ARGV[1])
return {id, 0}`;

interface Waiting {
  readonly args: readonly string[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Appends entries to Redis, in the order of the calls. */
export class Appender {
  readonly #options: AppenderOptions;
  #queue: Waiting[] = [];

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /**
   * Throws errors that are known synchronously. Later it rejects with {@link ServerError} `unavailable` or `uncertain`.
   */
  append(draft: Draft): Promise<Appended> {
    if (draft.id !== undefined) {
      throw new TypeError(
        "id is not for redisLog, whose ids Redis assigns: put yours into the data, or use a memoryLog.",
      );
    }
    // No id is longer, so no id can break a limit later.
    entryOf(draft, longestId, longestId);
    const { keys, onceMs } = this.#options;
    const key = draft.idempotencyKey;
    const fields = [...this.trim(), "*", ...fieldsOf(draft)];
    if (key === undefined) {
      return this.#send(["XADD", keys.log, ...fields]).then((id) => ({ id: id as string }));
    }
    const args = ["EVAL", once, "2", keys.log, keys.once(key), String(onceMs), ...fields];
    return this.#send(args).then((reply) => {
      const [id, duplicate] = reply as [string, number];
      return duplicate ? { id, duplicate: true } : { id };
    });
  }

  /** An entry for the other processes. */
  async note(fields: readonly string[]): Promise<string> {
    return (await this.#send([
      "XADD",
      this.#options.keys.log,
      ...this.trim(),
      "*",
      ...fields,
    ])) as string;
  }

  /** Announces that the events of an address are forgotten. */
  async clear(to: Address): Promise<string> {
    const { log, cleared } = this.#options.keys;
    return (await this.#send(["EVAL", clearScript, "2", log, cleared, to])) as string;
  }

  /** Redis is back: waiting events are sent first. */
  flush(): void {
    for (const { args, resolve, reject } of this.#queue.splice(0)) {
      this.#call(args).then(resolve, reject);
    }
  }

  /** Rejects the waiting events. */
  close(): void {
    for (const { reject } of this.#queue.splice(0)) reject(this.#options.link.away());
  }

  /** The arguments that make Redis drop the oldest. Ages use this process's clock, while ids use that of Redis. */
  trim(): readonly string[] {
    const { retention } = this.#options;
    return "events" in retention
      ? ["MAXLEN", "~", String(retention.events)]
      : ["MINID", "~", String(Math.max(0, Date.now() - retention.ms))];
  }

  #send(args: readonly string[]): Promise<unknown> {
    const { link, queueEvents } = this.#options;
    if (link.up) return this.#call(args);
    if (link.closed || this.#queue.length >= queueEvents) throw link.away();
    return new Promise((resolve, reject) => this.#queue.push({ args, resolve, reject }));
  }

  async #call(args: readonly string[]): Promise<unknown> {
    try {
      return await this.#options.link.call(args);
    } catch (error) {
      throw failed(error);
    }
  }
}

/** Either Redis refused it and stored nothing, or it never answered and may have stored it. */
export function failed(cause: unknown): ServerError {
  if (cause instanceof ServerError) return cause;
  const code = refusal(cause);
  if (code === undefined) {
    return new ServerError(
      "uncertain",
      "The connection to Redis was lost before it answered, so the event may be stored. Publish it again with the same idempotencyKey.",
      { cause },
    );
  }
  const ended = String(cause).includes("last possible ID");
  const text = ended
    ? "Redis has no ids left for this log, since an entry has the highest one: use another prefix."
    : `Redis refused the event (${code}): it was not stored.`;
  return new ServerError("unavailable", text, { cause });
}
