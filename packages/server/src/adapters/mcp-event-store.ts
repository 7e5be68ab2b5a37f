import { ServerError } from "../core/errors.ts";
import { requireCount } from "../core/check.ts";
import { own } from "../core/own.ts";
import type { Address, Log } from "../log/log.ts";
import { positionIn } from "../log/run-log.ts";

/** The `EventStore` of MCP's Streamable HTTP transport, of `@modelcontextprotocol/sdk` and `@modelcontextprotocol/server`. */
export interface McpEventStore<Message = any> {
  storeEvent(streamId: string, message: Message): Promise<string>;
  getStreamIdForEventId(eventId: string): Promise<string | undefined>;
  replayEventsAfter(
    lastEventId: string,
    options: { readonly send: (eventId: string, message: Message) => Promise<void> },
  ): Promise<string>;
}

/** The options of the event store for MCP. */
export interface McpStoreOptions {
  /** How long a message can be replayed, in milliseconds, an integer ≥ 1. Default: 600 000, ten minutes. */
  readonly ttlMs?: number | undefined;
  /** The largest size of one message, in bytes. Default: 4 MiB. */
  readonly maxBytes?: number | undefined;
}

const pageEvents = 64;

/**
 * Keeps the messages of one MCP session in a log, for clients that reconnect. Create one for each session, with its id.
 *
 * Errors: an id of another session, or of no event, is unknown to this store: the transport answers 400. Replaying
 *         events that are no longer kept rejects with {@link ServerError} `run-gone`
 * After:  no id ever replays a message of another session, whatever log they share
 */
export function mcpEventStore(
  log: Log,
  sessionId: string,
  options: McpStoreOptions = {},
): McpEventStore {
  const { ttlMs = 600_000, maxBytes = 4 << 20 } = own("mcpEventStore", options, [
    "ttlMs",
    "maxBytes",
  ]);
  requireCount("ttlMs", ttlMs, 1);
  requireCount("maxBytes", maxBytes, 1);
  if (typeof sessionId !== "string" || sessionId === "") {
    throw new TypeError("sessionId must be the id of the session that the store is for.");
  }
  const tag = digest(sessionId);
  const addressOf = async (streamId: string): Promise<Address> =>
    `run:mcp ${streamId}/${await tag}`;
  /** The stream, its address and the position that an id names; `undefined` if it is not one of this session's. */
  const placeOf = async (eventId: string) => {
    const end = eventId.indexOf(":");
    const streamId = eventId.slice(end + 1);
    const to = await addressOf(streamId);
    const at = positionIn(to, eventId.slice(0, Math.max(end, 0)));
    return at === undefined ? undefined : { streamId, to, at };
  };
  return {
    async storeEvent(streamId, message) {
      const { id } = await log.append({
        to: await addressOf(streamId),
        data: JSON.stringify(message),
        type: undefined,
        retryMs: undefined,
        id: undefined,
        minVersion: Number.NEGATIVE_INFINITY,
        expiresAt: Date.now() + ttlMs,
        limitBytes: maxBytes,
      });
      return `${id}:${streamId}`;
    },
    async getStreamIdForEventId(eventId) {
      return (await placeOf(eventId))?.streamId;
    },
    async replayEventsAfter(lastEventId, { send }) {
      const place = await placeOf(lastEventId);
      if (!place)
        throw new ServerError("run-gone", "The event id does not belong to this session.");
      const { streamId, to } = place;
      for (let { at } = place, more = true; more;) {
        const page = await log.read(at, { to: [to], limit: pageEvents });
        if (!page.contiguous)
          throw new ServerError("run-gone", "Events after this id are no longer kept.");
        for (const { id, data } of page.events) await send(`${id}:${streamId}`, JSON.parse(data));
        ({ at, more } = page);
      }
      return streamId;
    },
  };
}

/** Names a session without revealing its id, which grants access to it. */
async function digest(sessionId: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sessionId));
  const bytes = [...new Uint8Array(hash).subarray(0, 12)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
