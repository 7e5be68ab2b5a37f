import type { ServerError } from "../core/errors.ts";
import type { Address, Draft } from "../log/log.ts";
import { idAt, type RunClaim, type RunEnd, type RunRecord, type RunTable } from "../log/run-log.ts";
import { failed, type Appender } from "./appender.ts";
import type { Link } from "./link.ts";
import type { Keys } from "./settings.ts";
import { fieldsOf } from "./record.ts";
import {
  appendScript,
  beginScript,
  endScript,
  findScript,
  renewScript,
  stopScript,
} from "./run-scripts.ts";

/** A record as Redis replies it. */
type Fields = readonly (string | null)[];

export interface RedisRunParts {
  readonly link: Link;
  readonly keys: Keys;
  readonly appender: Appender;
  /** Waits until this process has read an entry. */
  readonly seen: (id: string) => Promise<void>;
}

/** The runs in one Redis: each is a hash next to the log, which expires when it is no longer needed. */
export class RedisRunTable implements RunTable {
  readonly shared = true;
  readonly #parts: RedisRunParts;

  constructor(parts: RedisRunParts) {
    this.#parts = parts;
  }

  async begin(
    { id, to, leaseMs, ttlMs }: RunClaim,
    anew: boolean,
  ): Promise<{ readonly record: RunRecord; readonly mine: boolean }> {
    const ask = (): Promise<unknown> =>
      this.#eval(beginScript, id, anew ? 1 : 0, to, leaseMs, ttlMs);
    // A run may have begun although the reply was lost: the same address continues the same run.
    const reply = await ask().catch((error: ServerError) => {
      if (error.code === "uncertain") return ask();
      throw error;
    });
    const [mine, ...fields] = reply as [number, ...Fields];
    const record = recordOf(id, fields)!;
    await this.#parts.seen(record.endAt ?? record.begin);
    return { record, mine: mine === 1 };
  }

  async find(id: string): Promise<RunRecord | undefined> {
    const record = recordOf(id, (await this.#eval(findScript, id)) as Fields);
    if (record?.endAt !== undefined) await this.#parts.seen(record.endAt);
    return record;
  }

  async append(
    { id, to, leaseMs, ttlMs }: RunClaim,
    number: number,
    drafts: readonly Draft[],
  ): Promise<readonly string[] | undefined> {
    const trim = this.#parts.appender.trim();
    const events: (string | number)[] = [];
    for (const fields of drafts.map(fieldsOf)) events.push(fields.length, ...fields);
    const head = [to, number, leaseMs, ttlMs, trim.length, ...trim];
    const reply = await this.#eval(appendScript, id, ...head, ...events);
    if (reply === null) return undefined;
    const ids = (reply as string).split(" ");
    await this.#parts.seen(ids.at(-1)!);
    return ids.map((at) => idAt(to, at));
  }

  async renew({ id, to, leaseMs, ttlMs }: RunClaim): Promise<"running" | "stopping" | undefined> {
    const state = await this.#eval(renewScript, id, to, leaseMs, ttlMs);
    return ([undefined, "running", "stopping"] as const)[Number(state)];
  }

  async end({ id, to, ttlMs }: RunClaim, end: RunEnd): Promise<RunEnd | undefined> {
    const reply = (await this.#eval(
      endScript,
      id,
      to,
      ttlMs,
      JSON.stringify(end),
    )) as Fields | null;
    if (!reply) return undefined;
    await this.#parts.seen(reply[1]!);
    return JSON.parse(reply[0]!) as RunEnd;
  }

  async stop(id: string): Promise<boolean | undefined> {
    const state = Number(await this.#eval(stopScript, id));
    return state < 0 ? undefined : state === 1;
  }

  async #eval(script: string, id: string, ...args: readonly (string | number)[]): Promise<unknown> {
    const { link, keys } = this.#parts;
    try {
      return await link.call(["EVAL", script, "2", keys.log, keys.run(id), ...args.map(String)]);
    } catch (error) {
      throw failed(error);
    }
  }
}

function recordOf(id: string, [to, begin, end, endAt]: Fields): RunRecord | undefined {
  if (!to || !begin) return undefined;
  const record = { id, to: to as Address, begin };
  return end && endAt ? { ...record, end: JSON.parse(end) as RunEnd, endAt } : record;
}
