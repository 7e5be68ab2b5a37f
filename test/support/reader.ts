import { get, type IncomingMessage } from "node:http";
import { createParser } from "eventsource-parser";

export interface Received {
  readonly id: string;
  readonly data: string;
  readonly at: number;
}

/** A reader as simple as can be, which is not ours: it comes back with its cursor, anywhere. */
export class WireReader {
  /** What it got, in order; a gap as its reason. */
  readonly got: (Received | { readonly gap: string })[] = [];
  lastEventId = "";
  connects = 0;
  readonly #where: () => string;
  readonly #delayMs: number;
  readonly #note: (received: Received | { readonly gap: string }) => void;
  #response: IncomingMessage | undefined;
  #request: ReturnType<typeof get> | undefined;
  #over = false;
  #paused = false;

  constructor(
    where: () => string,
    delayMs = 20,
    note?: (received: Received | { readonly gap: string }) => void,
  ) {
    this.#where = where;
    this.#delayMs = delayMs;
    this.#note = note ?? ((received) => void this.got.push(received));
    this.#connect();
  }

  get connected(): boolean {
    return this.#response !== undefined;
  }

  get events(): string[] {
    return this.got.map((each) => ("gap" in each ? `[${each.gap}]` : each.data));
  }

  /** Breaks off; it comes back by itself. */
  drop(): void {
    this.#request?.destroy();
  }

  pause(): void {
    this.#paused = true;
    this.#response?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#response?.resume();
  }

  stop(): void {
    this.#over = true;
    this.drop();
  }

  #connect(): void {
    if (this.#over) return;
    this.connects++;
    const headers: Record<string, string> = this.lastEventId
      ? { "last-event-id": this.lastEventId }
      : {};
    const request = get(this.#where(), { headers, agent: false });
    this.#request = request;
    const again = once(() => {
      this.#response = undefined;
      setTimeout(() => this.#connect(), this.#delayMs);
    });
    request.on("error", again).on("response", (response) => {
      this.#response = response;
      if (this.#paused) response.pause();
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          if (id !== undefined) this.lastEventId = id;
          if (event !== "steadfeed.gap") this.#note({ id: id ?? "", data, at: Date.now() });
          else this.#note({ gap: (JSON.parse(data) as { reason: string }).reason });
        },
      });
      let seen = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        parser.feed(text);
        // The cursor may come without an event.
        seen += text;
        const end = seen.lastIndexOf("\n\n") + 1;
        const [, id] = /.*\nid: ([^\n]*)\n/s.exec(`\n${seen.slice(0, end)}`) ?? [];
        if (id !== undefined) this.lastEventId = id;
        seen = seen.slice(end);
      });
      response.on("error", again).on("close", again);
    });
  }
}

function once(call: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    call();
  };
}

/** Two ids of Redis, in their order. */
export function byId(one: string, other: string): number {
  const [ms, seq] = one.split("-").map(Number) as [number, number];
  const [otherMs, otherSeq] = other.split("-").map(Number) as [number, number];
  return ms - otherMs || seq - otherSeq;
}

export interface Verdict {
  readonly repeated: number;
  readonly silent: number;
  readonly gaps: number;
  readonly behind: boolean;
}

/** The events of a reader, compared with the published ones: everything, once, in order, or reported as a gap. */
export function judge(reader: WireReader, published: readonly string[]): Verdict {
  const order = new Map(published.map((id, i) => [id, i]));
  const known = reader.got.filter((each) => "gap" in each || order.has(each.id));
  const firstAt = known.findIndex((each) => !("gap" in each));
  let [repeated, silent, gaps] = [0, 0, 0];
  let [at, excused] = [-1, false];
  for (const each of known.slice(Math.max(0, firstAt))) {
    if ("gap" in each) {
      gaps++;
      excused = true;
      continue;
    }
    const place = order.get(each.id)!;
    if (at !== -1 && place <= at) repeated++;
    else if (at !== -1 && place > at + 1 && !excused) silent++;
    at = place;
    excused = false;
  }
  return { repeated, silent, gaps, behind: at < published.length - 1 };
}
