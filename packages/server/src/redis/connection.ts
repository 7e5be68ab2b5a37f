/** What is used of a client of `@redis/client` (node-redis); of another library, an adapter of a few lines. */
export interface RedisClient {
  /** A new client with the same options but for these, not connected yet. */
  duplicate(overrides?: RedisOverrides): RedisConnection;
  readonly options?: { readonly socket?: object | undefined } | undefined;
}

/** What {@link RedisClient.duplicate} is asked for: a lost connection stays lost, and nothing waits for it. */
export interface RedisOverrides {
  readonly socket: { readonly reconnectStrategy: false; readonly socketTimeout: 0 };
  readonly disableOfflineQueue: true;
}

export interface RedisConnection {
  connect(): Promise<unknown>;
  /** Rejects with what Redis answered, and when the connection is lost. */
  sendCommand(
    args: readonly string[],
    options?: { readonly typeMapping: Readonly<Record<string, never>> },
  ): Promise<unknown>;
  on(event: "error" | "end", call: (error?: unknown) => void): unknown;
  destroy(): void;
}

/**
 * A connection of our own beside the user's. It never reconnects by itself: by default node-redis sends
 * again what nobody waits for any more, and stays dead after a timeout.
 */
export function beside(client: RedisClient): RedisConnection {
  const own = { reconnectStrategy: false, socketTimeout: 0 } as const;
  return client.duplicate({
    socket: { ...client.options?.socket, ...own },
    disableOfflineQueue: true,
  });
}

/** Text, whatever the user's client maps replies to. */
export const asText = { typeMapping: {} } as const;
