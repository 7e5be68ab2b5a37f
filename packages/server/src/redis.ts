import type { Log } from "./log/log.ts";
import { resolveRedis, type RedisLogOptions } from "./redis/settings.ts";
import { StreamLog } from "./redis/stream-log.ts";

export type { RedisClient, RedisConnection, RedisOverrides } from "./redis/connection.ts";
export type { RedisLogOptions } from "./redis/settings.ts";

/**
 * Keeps events in a Redis Stream that any number of processes share: published anywhere, received
 * everywhere, in one order; a reader resumes at any of them. Needs Redis 6.2 or later.
 *
 * Shape:  resolves with the log once it has read Redis; ids are those of the Redis Stream
 * Errors: rejects with `TypeError` for an invalid option, with {@link ServerError}
 *         `unavailable` if Redis cannot be reached now
 * After:  it holds two connections of its own, besides the client's, until `broker.close()`. While Redis is away its
 *         state is `degraded`, publishing rejects and readers wait. Everything continues when Redis is back
 */
export async function redisLog(options: RedisLogOptions): Promise<Log> {
  const log = new StreamLog(resolveRedis(options));
  await log.open();
  return log;
}
