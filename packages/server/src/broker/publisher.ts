import type { Contract } from "../core/contract.ts";
import { ServerError } from "../core/errors.ts";
import { fieldsOf, type ServerEvent } from "../core/event.ts";
import { own } from "../core/own.ts";
import { requireCount } from "../core/check.ts";
import type { Guard } from "./hooks.ts";
import type { Address, Draft, Log } from "../log/log.ts";
import { clientAddress, isName, type StreamNames } from "./names.ts";
import type { Roster } from "./presence.ts";
import type { Tally } from "../session/tally.ts";
import type { Lifetime } from "./shutdown.ts";

/** The options of one `publish`. */
export interface PublishOptions {
  /** Your own id for the event: unique among those kept, without control characters and blanks around it. Order is by position, not by id. `memoryLog` only. */
  readonly id?: string | undefined;
  /** Only for sessions of this version or a later one. */
  readonly minVersion?: number | undefined;
  /** After so many milliseconds the event is not worth delivering any more. Default: it stays. */
  readonly ttlMs?: number | undefined;
  /**
   * Publishing again with the same key, within ten minutes, keeps nothing and gives the first event's id:
   * so an attempt that may have succeeded can be repeated. 1 to 256 characters. `memoryLog` forgets the oldest keys
   * earlier when they take more than a quarter of its `maxBytes`.
   */
  readonly idempotencyKey?: string | undefined;
}

/** What became of an event that was published. */
export interface Published {
  /** The event's id, which its readers come back with. */
  readonly id: string;
  /** How many open sessions of this process it is for. Clients that come back later are not counted. */
  readonly sessions: number;
  /** Set when an event with the same `idempotencyKey` is kept already. */
  readonly duplicate?: boolean;
}

/** With so many events that a log has yet to take, `tryPublish` refuses. */
const mostUnsettled = 1024;

export interface PublisherParts<State> {
  readonly log: Log;
  readonly names: StreamNames;
  readonly roster: Roster<State>;
  readonly guard: Guard<State>;
  readonly lifetime: Lifetime;
  readonly contract: Contract | undefined;
  readonly eventBytes: number;
  readonly tally: Tally;
}

/** Appends events to the log. Nothing here knows how they get to their readers. */
export class Publisher<State> {
  readonly #parts: PublisherParts<State>;
  #unsettled = 0;

  constructor(parts: PublisherParts<State>) {
    this.#parts = parts;
  }

  toStream(
    name: string,
    event: ServerEvent | string,
    options?: PublishOptions,
  ): Promise<Published> {
    return this.#publish(() => this.#parts.names.address(name), event, options, [name]);
  }

  toClient(
    name: string,
    event: ServerEvent | string,
    options?: PublishOptions,
  ): Promise<Published> {
    return this.#publish(() => clientAddress(name), event, options);
  }

  toAll(event: ServerEvent | string, options?: PublishOptions): Promise<Published> {
    return this.#publish(() => "all", event, options);
  }

  /** Whether the log took it, or is about to. */
  tryToStream(name: string, event: ServerEvent | string, options?: PublishOptions): boolean {
    const { names, lifetime } = this.#parts;
    if (isName(name) && !(lifetime.open && names.has(name))) return false;
    const to = names.address(name);
    if (this.#unsettled >= mostUnsettled) return false;
    try {
      const draft = this.#draft(to, event, options, [name]);
      const appended = this.#parts.log.append(draft);
      if (appended instanceof Promise) void this.#follow(appended, draft);
      else this.#parts.tally.keep(draft);
      return true;
    } catch (error) {
      if (error instanceof ServerError && !isMistake(error)) return false;
      throw error;
    }
  }

  #publish(
    address: () => Address,
    event: ServerEvent | string,
    options: PublishOptions | undefined,
    streams?: readonly string[],
  ): Promise<Published> {
    const { log, guard, lifetime, tally } = this.#parts;
    return guard.handled(async () => {
      lifetime.requireOpen();
      const draft = this.#draft(address(), event, options, streams);
      const appended = await log.append(draft);
      if (!appended.duplicate) tally.keep(draft);
      return { ...appended, sessions: this.#count(draft.to, draft.minVersion) };
    });
  }

  #draft(
    to: Address,
    event: ServerEvent | string,
    options: PublishOptions | undefined,
    streams: readonly string[] | undefined,
  ): Draft {
    const { contract, eventBytes } = this.#parts;
    return draftOf(to, event, options, eventBytes, contract, streams);
  }

  async #follow(appended: Promise<unknown>, draft: Draft): Promise<void> {
    const { tally, guard } = this.#parts;
    this.#unsettled++;
    await appended.then(
      () => tally.keep(draft),
      (error: unknown) => guard.failed(error, "publish"),
    );
    this.#unsettled--;
  }

  #count(to: Address, minVersion: number): number {
    const sessions = this.#parts.roster.at(to);
    if (minVersion === Number.NEGATIVE_INFINITY) return sessions.size;
    return [...sessions].filter(({ version }) => version >= minVersion).length;
  }
}

/** What its publisher has to mend, not what may go by. */
const isMistake = ({ code }: ServerError): boolean => code === "invalid" || code === "unknown-type";

/** Throws as {@link fieldsOf}, and `TypeError` for an option that makes no sense. */
export function draftOf(
  to: Address,
  event: ServerEvent | string,
  options: PublishOptions = {},
  limitBytes: number,
  contract?: Contract,
  streams?: readonly string[],
): Draft {
  const given = own("publish", options, ["id", "minVersion", "ttlMs", "idempotencyKey"]);
  const { id, minVersion = Number.NEGATIVE_INFINITY, ttlMs, idempotencyKey } = given;
  for (const [name, value] of [
    ["id", id],
    ["idempotencyKey", idempotencyKey],
  ] as const) {
    if (value === undefined || typeof value === "string") continue;
    throw new TypeError(`${name} must be a string, not ${String(value)}.`);
  }
  if (typeof minVersion !== "number" || Number.isNaN(minVersion)) {
    throw new TypeError(`minVersion must be a number, not ${String(minVersion)}.`);
  }
  if (idempotencyKey !== undefined && !/^\P{Cs}{1,256}$/su.test(idempotencyKey)) {
    throw new TypeError("idempotencyKey must have 1 to 256 characters, none of them half of one.");
  }
  const expiresAt = ttlMs === undefined ? undefined : Date.now() + requireCount("ttlMs", ttlMs, 1);
  return {
    ...fieldsOf(event, contract, streams),
    to,
    id,
    minVersion,
    expiresAt,
    limitBytes,
    idempotencyKey,
  };
}
