import { requireOneOf } from "../core/check.ts";
import type { Contract } from "../core/contract.ts";
import type { ReceivedEvent } from "../core/event.ts";
import { own } from "../core/own.ts";
import type { Address, Log } from "../log/log.ts";
import { Cursor, starts } from "../session/cursor.ts";
import { LogReader, type Closable, type Reader, type SubscribeOptions } from "../session/reader.ts";
import type { Guard } from "./hooks.ts";
import type { StreamNames } from "./names.ts";

/** The parts of a broker that a reader in this process uses. */
interface ReaderParts<State> {
  readonly log: Log;
  readonly names: StreamNames;
  readonly readers: Set<Closable>;
  readonly guard: Guard<State>;
  readonly contract: Contract | undefined;
}

/** A reader of a stream (and of broadcasts) in this process: see `Broker.subscribe`. */
export function readerOf<State, E>(
  stream: string,
  options: SubscribeOptions,
  { log, names, readers, guard, contract }: ReaderParts<State>,
): Reader<E> {
  const given = own("subscribe", options, ["from", "lastEventId", "signal"]);
  const { lastEventId = "", from = lastEventId ? "last-id" : "live", signal } = given;
  requireOneOf("from", from, starts);
  if (typeof lastEventId !== "string") throw new TypeError("lastEventId must be a string.");
  const to: readonly Address[] = [names.address(stream), "all"];
  const cursor = new Cursor(log, to, Number.POSITIVE_INFINITY, from, lastEventId);
  const reader = new LogReader(
    cursor,
    log,
    to,
    readers,
    signal,
    decoderOf(contract, stream, guard),
  );
  return reader as Reader<E>;
}

/**
 * How a stream is read in this process: as text, or as its contract says. Data that it refuses is reported, and gives
 * `undefined`.
 */
function decoderOf<State>(
  contract: Contract | undefined,
  stream: string,
  guard: Guard<State>,
): (event: ReceivedEvent) => unknown {
  if (!contract) return (event) => event;
  return (event) => {
    try {
      return { ...event, data: contract.dataOf(event.data, event.type, stream) };
    } catch (error) {
      guard.failed(error, "subscribe");
      return undefined;
    }
  };
}
