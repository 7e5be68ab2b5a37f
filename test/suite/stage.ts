// The tools of a scenario in every runtime: a server that it controls.

/** How the server answers a request. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: the content type of an event stream. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly gzip?: boolean;
  /** After the body: stay open, end in order, or break. Default: `stay`, or `end` for a status that is not 200. */
  readonly after?: "stay" | "end" | "cut";
}

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether it is still being answered. */
  open: boolean;
}

/** One key of the server. */
export class Stage {
  /** Plays the answers of the script. */
  readonly url: string;
  /** The broker's; with `?stream=` it names a stream. */
  readonly broker: string;
  /** This key's stream of the broker. */
  readonly stream: string;
  readonly #base: string;
  readonly #key: string = crypto.randomUUID();

  constructor(base: string) {
    this.#base = base;
    this.url = `${base}act/${this.#key}`;
    this.broker = `${base}stream`;
    this.stream = `${this.broker}?stream=${this.#key}`;
  }

  /** The first request gets the first answer, and so on; the last one is for all that come after. */
  async script(...answers: Answer[]): Promise<void> {
    await this.#tell("script", JSON.stringify(answers));
  }

  /** Writes into all open answers. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    await this.#tell("send", btoa(String.fromCharCode(...bytes)));
  }

  /** Ends all open answers in order. */
  async end(): Promise<void> {
    await this.#tell("end");
  }

  /** Breaks all open answers. */
  async cut(): Promise<void> {
    await this.#tell("cut");
  }

  /** Publishes in this key's stream of the broker, or in another's. */
  async publish(data: string, { id, stream = this.#key }: { id?: string; stream?: string } = {}) {
    await this.#tell("publish", JSON.stringify({ event: { type: "tick", data }, id }), stream);
  }

  /** The requests so far. */
  async seen(): Promise<readonly Seen[]> {
    return (await this.#tell("seen")) as readonly Seen[];
  }

  /** Resolves when nothing is being answered any more. */
  async left(): Promise<void> {
    await until(async () => (await this.seen()).every(({ open }) => !open), "the server is left");
  }

  async #tell(what: string, body = "", key = this.#key): Promise<unknown> {
    const answer = await fetch(`${this.#base}tell/${key}/${what}`, { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }
}

/** Waits for what takes real sockets their time. */
export async function until(holds: () => unknown, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It never came about that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Throws unless both are the same as JSON. */
export function same(actual: unknown, expected: unknown): void {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value));
  if (is !== should) throw new Error(`It is ${is}, and should be ${should}.`);
}
