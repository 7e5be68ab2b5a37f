import {
  GAP_TYPE,
  type Admission,
  type AnyBroker,
  type Gap,
  type HeaderFields,
  type Log,
  type Sink,
  type StreamRequest,
  type Writer,
} from "@steadfeed/server";
import { createParser, type EventSourceMessage } from "eventsource-parser";

/** A response in memory. It accepts everything until it is set to full. */
export class MemorySink implements Sink {
  status: number | undefined;
  headers: HeaderFields = {};
  body: string | undefined;
  readonly writes: Uint8Array[] = [];
  over: "end" | "abort" | undefined;
  /** Bytes after which `write` says to stop, counted from the last drain. */
  room: number = Number.POSITIVE_INFINITY;
  /** Whether the end of the response is noticed at once. */
  lingers = false;
  #held = 0;
  #writer: Writer | undefined;

  reply(status: number, headers: HeaderFields, body: string | undefined): void {
    Object.assign(this, { status, headers, body });
    this.#writer?.gone();
  }

  head(status: number, headers: HeaderFields): void {
    Object.assign(this, { status, headers });
  }

  write(bytes: Uint8Array): boolean {
    if (this.over) throw new Error("written after the end");
    this.writes.push(bytes);
    this.#held += bytes.byteLength;
    return this.#held < this.room;
  }

  end(): void {
    this.over ??= "end";
    if (!this.lingers) this.leave();
  }

  abort(): void {
    this.over = "abort";
    this.leave();
  }

  watch(writer: Writer): void {
    this.#writer = writer;
  }

  /** The reader takes what was written. */
  drain(): void {
    this.#held = 0;
    this.#writer?.room();
  }

  /** The reader goes away, or notices the end. */
  leave(): void {
    this.#writer?.gone();
  }

  /** Bytes written since the last drain. */
  get held(): number {
    return this.room === Number.POSITIVE_INFINITY ? 0 : this.#held;
  }

  get text(): string {
    return new TextDecoder().decode(Buffer.concat(this.writes));
  }

  get events(): EventSourceMessage[] {
    return parse(this.text);
  }

  /** What arrived, a gap as its reason in brackets. */
  get got(): string[] {
    return this.events.map(({ event, data }) =>
      event === GAP_TYPE ? `[${gapOf(data).reason}]` : data,
    );
  }
}

/** What a client dispatches, by a parser that is not ours. */
export function parse(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => void events.push(event) }).feed(text);
  return events;
}

export const gapOf = (data: string): Gap => JSON.parse(data) as Gap;

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly raw?: unknown;
}

export function request(
  url = "/?stream=s",
  { method = "GET", headers = {}, raw }: Asked = {},
): StreamRequest {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  return { method, path: pathname, query: searchParams, header: (name) => headers[name], raw };
}

export interface Reading {
  readonly sink: MemorySink;
  readonly lastEventId: string;
  readonly profile: "standard" | "go";
  readonly request: StreamRequest;
}

/** Opens a session on a broker, without HTTP. */
export async function read<State = unknown>(
  broker: AnyBroker<State>,
  admission: Admission<State> | string = "s",
  {
    sink = new MemorySink(),
    lastEventId = "",
    profile = "standard",
    ...rest
  }: Partial<Reading> = {},
): Promise<MemorySink> {
  await broker.connect({
    sink,
    request: rest.request ?? request(),
    admission:
      typeof admission === "string" ? ({ streams: admission } as Admission<State>) : admission,
    lastEventId,
    profile,
    headers: {},
  });
  return sink;
}

/** Until everything that was published is with its readers. */
export const settled = (): Promise<void> =>
  new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** A promise and what settles it. */
export function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
} {
  const settlers: ((value: T) => void)[] = [];
  const promise = new Promise<T>((resolve) => void settlers.push(resolve));
  return { promise, resolve: (value) => settlers.forEach((settle) => settle(value)) };
}

/** A log whose pages take a moment, as over a network, and may fail. */
export function later(log: Log, fail?: () => Error | undefined): Log {
  return {
    get tail() {
      return log.tail;
    },
    append: (draft) => log.append(draft),
    watch: (call) => log.watch(call),
    clear: (to) => log.clear(to),
    read: async (...args) => {
      const page = await log.read(...args);
      for (let i = 0; i < 3; i++) await Promise.resolve();
      const error = fail?.();
      if (error) throw error;
      return page;
    },
  };
}
