import {
  Feed,
  FeedError,
  type FeedEvent,
  type FeedOptions,
  type FeedStatus,
  type StatusKind,
} from "@steadfeed/client";
import { connectionOf, feedOptionsOf, type ConnectionArguments } from "../core/connection.ts";
import { exits } from "../core/exit.ts";
import { Output } from "../core/output.ts";
import { Stop } from "../core/stop.ts";
import { CursorFile } from "./cursor-file.ts";
import { eventText, statusText, type Format } from "./format.ts";
import { Summary } from "./summary.ts";

export interface TailOptions extends ConnectionArguments {
  readonly type?: readonly string[];
  readonly cursor?: string;
  readonly lastEventId?: string;
  readonly until?: string;
  readonly count?: number;
  readonly for?: number;
  readonly once?: boolean;
  readonly repeat?: boolean;
  readonly retries?: number;
  readonly idle?: number;
  readonly format: Format;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly rates?: number;
  readonly comments?: boolean;
  readonly strict?: boolean;
}

/** Prints a stream's events until it ends, and resolves with the exit code. */
export async function tail(url: string, options: TailOptions): Promise<number> {
  using stop = new Stop();
  const feed = new Feed(url, await feedOptions(options));
  return await new Tail(feed, options).run(stop);
}

async function feedOptions(options: TailOptions): Promise<FeedOptions> {
  const { cursor, lastEventId, until, once, repeat, retries, idle } = options;
  const retry = {
    ...(repeat && { repeat }),
    ...(retries !== undefined && { maxAttempts: retries }),
  };
  return {
    ...feedOptionsOf(await connectionOf(options)),
    ...(lastEventId !== undefined && { lastEventId }),
    ...(cursor !== undefined && { store: new CursorFile(cursor) }),
    ...(until !== undefined && { until: untilOf(until) }),
    ...(idle !== undefined && { timeouts: { idleMs: idle } }),
    retry: once ? false : retry,
  };
}

/** `type=NAME`, `id=ID`, or the data of the event that marks the end. */
function untilOf(text: string): (event: FeedEvent) => boolean {
  const [, field, value] = /^(type|id|data)=(.*)$/s.exec(text) ?? [];
  if (field === undefined) return ({ data }) => data === text;
  return (event) => event[field as "type" | "id" | "data"] === value;
}

const kinds = [
  "connecting",
  "still",
  "open",
  "waiting",
  "gap",
  "slow",
  "error",
  "closed",
] as const satisfies readonly StatusKind[];

class Tail {
  readonly #feed: Feed;
  readonly #options: TailOptions;
  readonly #output: Output;
  readonly #summary: Summary;
  readonly #types: readonly string[];
  /** Statuses that follow events which are not printed yet, each with the number of events before it. */
  readonly #later: { readonly after: number; readonly status: FeedStatus }[] = [];
  #printed = 0;
  #gaps = 0;

  constructor(feed: Feed, options: TailOptions) {
    const format = options.json ? "json" : options.format;
    this.#feed = feed;
    this.#options = { ...options, format };
    this.#output = new Output({ json: format === "json", quiet: options.quiet });
    this.#summary = new Summary(feed, this.#output);
    this.#types = (options.type ?? []).flatMap((each) => each.split(",")).filter(Boolean);
  }

  async run(stop: Stop): Promise<number> {
    const { count, for: forMs, rates, comments } = this.#options;
    const feed = this.#feed;
    const events = feed.subscribe(this.#types.length > 0 ? this.#types : "*");
    const leave = (): void => void events.return();
    for (const kind of kinds) {
      feed.on(kind, (status: FeedStatus) => this.#heard(status, events.stats.received));
    }
    if (comments) feed.on("comment", (text) => this.#output.say("comment", { text }, `: ${text}`));
    stop.signal.addEventListener("abort", leave, { once: true });
    this.#output.onLeft = leave;
    const limit = forMs === undefined ? undefined : setTimeout(leave, forMs);
    if (rates !== undefined) this.#summary.every(rates);
    let failed = false;
    try {
      for await (const event of events) {
        this.#flush();
        await this.#output.write(eventText(event, this.#options.format, this.#output));
        if (++this.#printed === count) break;
      }
    } catch (error) {
      // The end of the feed was reported as its status.
      if (!(error instanceof FeedError)) throw error;
      failed = true;
    } finally {
      clearTimeout(limit);
    }
    // Waits for the cursor's file.
    await feed[Symbol.asyncDispose]();
    this.#flush();
    await this.#summary.end();
    if (stop.signal.aborted) return stop.exitCode;
    if (failed) return exits.failed;
    return this.#options.strict && this.#gaps > 0 ? exits.faulty : exits.done;
  }

  /** Reports a status after the events before it. */
  #heard(status: FeedStatus, after: number): void {
    if (status.kind === "gap") this.#gaps++;
    this.#later.push({ after, status });
    this.#flush();
  }

  #flush(): void {
    while (this.#later[0] && this.#later[0].after <= this.#printed) {
      const { status } = this.#later.shift()!;
      const said = statusText(status);
      if (said) this.#output.say(status.kind, said.fields, said.text, styleOf(status));
    }
  }
}

function styleOf({ kind }: FeedStatus): "red" | "yellow" | "dim" {
  if (kind === "gap" || kind === "error") return "red";
  return kind === "waiting" || kind === "still" || kind === "slow" ? "yellow" : "dim";
}
