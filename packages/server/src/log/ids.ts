import { ServerError } from "../core/errors.ts";
import type { GapReason } from "../core/event.ts";

/** Characters that do not survive a round trip through a header. */
const unreturnable = /\p{Cc}|\p{Cs}|^ | $/u;

/** The ids of a log in memory: `<epoch>-<number>`, and those that publishers chose. */
export class Ids {
  readonly #prefix: string = `${epoch()}-`;
  /** The numbers of events with an id of their own. */
  readonly #own = new Map<string, number>();

  /** The log's own id of an event by its number. */
  of(seq: number): string {
    return `${this.#prefix}${seq}`;
  }

  /** Throws `TypeError` for an id that readers cannot send back, {@link ServerError} for one that is kept. */
  requireFree(id: string): void {
    if (id === "" || id.length > 256 || id.startsWith(this.#prefix) || unreturnable.test(id)) {
      throw new TypeError(
        `id must have 1 to 256 characters, without control characters or blanks around it, and must not look like the log's own ids: ${JSON.stringify(id.slice(0, 80))}.`,
      );
    }
    if (!this.#own.has(id)) return;
    throw new ServerError(
      "duplicate-id",
      `An event with the id ${JSON.stringify(id)} is already kept.`,
    );
  }

  keep(id: string, seq: number): void {
    this.#own.set(id, seq);
  }

  drop(id: string): void {
    this.#own.delete(id);
  }

  /** The number of the event with an id, up to the newest, or the reason why there is none. */
  locate(id: string, newest: number): number | Extract<GapReason, "reset" | "unknown"> {
    const own = this.#own.get(id);
    if (own !== undefined) return own;
    const [, prefix, digits] = /^([0-9a-z]{8,16}-)(0|[1-9]\d{0,15})$/.exec(id) ?? [];
    if (prefix === undefined) return "unknown";
    if (prefix !== this.#prefix) return "reset";
    const seq = Number(digits);
    return seq <= newest ? seq : "unknown";
  }
}

/** Newer than every earlier one, and different from that of any other log created now. */
function epoch(): string {
  const [chance] = crypto.getRandomValues(new Uint32Array(1));
  return `${Date.now().toString(36)}${(chance! % 36 ** 4).toString(36).padStart(4, "0")}`;
}
