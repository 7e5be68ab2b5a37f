import { ServerError } from "../core/errors.ts";
import {
  type Address,
  type Appended,
  type Draft,
  type Page,
  type ReadOptions,
} from "../log/log.ts";
import { LastPage } from "../log/last-page.ts";
import { idAt, isRun, type RunLog } from "../log/run-log.ts";
import { onceMs } from "../log/idempotency.ts";
import { Appender } from "./appender.ts";
import { Archive } from "./archive.ts";
import { Attendance } from "./attendance.ts";
import { beside } from "./connection.ts";
import { Follower } from "./follower.ts";
import { Forgotten } from "./forgotten.ts";
import { Gathering } from "./gather.ts";
import { Link } from "./link.ts";
import type { ResolvedRedis } from "./settings.ts";
import { RedisPeers } from "./peers.ts";
import { compare, positionOf } from "./position.ts";
import type { Slot } from "./record.ts";
import { RedisRunTable } from "./run-table.ts";
import { Ring } from "./ring.ts";

/** The number of remembered foreign entries, so that each is reported once. */
const mostForeign = 1000;

/** A log in a Redis Stream: with one reader for this process, and its newest entries. */
export class StreamLog implements RunLog {
  readonly peers: RedisPeers;
  readonly runs: RedisRunTable;
  readonly #settings: ResolvedRedis;
  /** Publishes, reads pages, counts. */
  readonly #commands: Link;
  /** Waits for new entries. */
  readonly #reading: Link;
  readonly #ring: Ring;
  readonly #archive: Archive;
  readonly #follower: Follower;
  readonly #appender: Appender;
  readonly #attendance: Attendance;
  readonly #forgotten: Forgotten;
  readonly #foreign = new Set<string>();
  readonly #watchers = new Set<(to: Address) => void>();
  /** Background commands that Redis refuses. */
  #trouble: { reading?: unknown; presence?: unknown } = {};
  #sinceAll = 0;
  readonly #lastPage = new LastPage();

  constructor(settings: ResolvedRedis) {
    this.#settings = settings;
    const { keys, timeoutMs, ringEvents, ringBytes, absentMs, retention } = settings;
    this.#commands = this.#link(() => {
      this.#appender.flush();
      this.#attendance.renew();
    });
    this.#reading = this.#link(() => undefined);
    const link = this.#commands;
    const node = crypto.randomUUID();
    this.#appender = new Appender({ ...settings, link, onceMs });
    this.#attendance = new Attendance({
      link,
      keys,
      node,
      absentMs,
      well: (error) => {
        if (error && !this.#trouble.presence) this.peers.failed(error);
        this.#judge({ presence: error });
      },
    });
    this.peers = new RedisPeers(this.#appender, this.#attendance);
    const refused = (id: string, cause: unknown): void => this.#refused(id, cause);
    this.#ring = new Ring(ringEvents, ringBytes);
    this.#forgotten = new Forgotten("ms" in retention ? retention.ms : undefined);
    this.#archive = new Archive(link, keys, this.#forgotten, refused);
    this.#follower = new Follower({
      link: this.#reading,
      key: keys.log,
      ring: this.#ring,
      archive: this.#archive,
      timeoutMs,
      refused,
      appended: (slots) => this.#appended(slots),
      well: (error) => this.#judge({ reading: error }),
    });
    this.runs = new RedisRunTable({
      link,
      keys,
      appender: this.#appender,
      seen: (id) => this.#follower.seen(id),
    });
  }

  get tail(): string {
    return this.#ring.tail;
  }

  /** Reads the existing entries. Rejects if that takes too long. */
  async open(): Promise<void> {
    const late = setTimeout(() => this.#letGo(), 2 * this.#settings.timeoutMs);
    try {
      await this.#follower.begin();
    } catch (error) {
      const cause = this.#commands.failure ?? this.#archive.failure ?? error;
      this.#letGo();
      throw new ServerError(
        "unavailable",
        "Redis cannot be reached, or refuses commands: see the cause.",
        { cause },
      );
    } finally {
      clearTimeout(late);
    }
    void this.#follower.run();
  }

  append(draft: Draft): Promise<Appended> {
    return this.#appender.append(draft).then(async (appended) => {
      await this.#follower.seen(appended.id);
      return isRun(draft.to) ? { ...appended, id: idAt(draft.to, appended.id) } : appended;
    });
  }

  read(after: string, options: ReadOptions): Page | Promise<Page> {
    const last = this.#lastPage.of(after, options);
    if (last) return last;
    if (after === "") return this.#old(after, this.#archive.oldest(options));
    const position = positionOf(after);
    if (!position) return this.#old(after, this.#archive.oldest(options, "unknown"));
    const start = this.#ring.after(position);
    if (start === undefined) return this.#old(after, this.#archive.after(position, options));
    const page = this.#recent(start, options);
    this.#lastPage.set(after, options, page);
    return page;
  }

  watch(appended: (to: Address) => void): () => void {
    this.#watchers.add(appended);
    return () => this.#watchers.delete(appended);
  }

  async clear(to: Address): Promise<void> {
    await this.#follower.seen(await this.#appender.clear(to));
  }

  async close(): Promise<void> {
    await this.#attendance.close();
    this.#letGo();
  }

  #letGo(): void {
    this.#commands.close();
    this.#reading.close();
    this.#appender.close();
    this.#follower.stop();
  }

  #link(back: () => void): Link {
    const { client, keys, timeoutMs } = this.#settings;
    return new Link({
      make: () => beside(client),
      probe: ["XLEN", keys.log],
      timeoutMs,
      changed: (up) => {
        if (up) back();
        this.#judge();
      },
    });
  }

  #judge(news: { reading?: unknown; presence?: unknown } = {}): void {
    this.#trouble = { ...this.#trouble, ...news };
    const away = [this.#commands, this.#reading].find(({ up }) => !up);
    const trouble = this.#trouble.reading ?? this.#trouble.presence;
    const well = trouble === undefined && away === undefined;
    this.peers.become(well ? "up" : "degraded", trouble ?? away?.failure);
  }

  #refused(id: string, cause: unknown): void {
    if (this.#foreign.has(id)) return;
    if (this.#foreign.size === mostForeign) this.#foreign.clear();
    this.#foreign.add(id);
    this.peers.failed(
      new Error(
        `The Redis Stream has an entry that is not an event, so other programs write to it: ${id}`,
        { cause },
      ),
    );
  }

  /** A shared page may end before entries that were announced since: then there are more. */
  async #old(after: string, reading: Promise<Page>): Promise<Page> {
    const page = await reading;
    const behind = page.at !== after && compare(page.at, this.tail) < 0;
    return behind || this.#ring.has(page.at) ? { ...page, more: true } : page;
  }

  #recent(start: number, options: ReadOptions): Page {
    const gathering = new Gathering(options, this.#forgotten);
    for (let index = start; ; index++) {
      const slot = this.#ring.at(index);
      if (!slot) return gathering.page(this.tail, false);
      if (gathering.full) return gathering.page(this.#ring.at(index - 1)!.id, true);
      gathering.add(slot);
    }
  }

  #appended(slots: readonly Slot[] | undefined): void {
    this.#lastPage.clear();
    const addresses = new Set<Address>();
    for (const { entry, clear, id, note } of slots ?? []) {
      if (entry) addresses.add(entry.to);
      if (clear) this.#forgotten.clear(clear, id);
      if (note !== undefined) this.peers.told(note);
    }
    // Readers of quiet streams must not fall out of the ring.
    this.#sinceAll += slots?.length ?? Number.POSITIVE_INFINITY;
    if (this.#sinceAll >= this.#settings.ringEvents / 4) {
      this.#sinceAll = 0;
      addresses.add("all");
    }
    for (const address of addresses) for (const appended of this.#watchers) appended(address);
  }
}
