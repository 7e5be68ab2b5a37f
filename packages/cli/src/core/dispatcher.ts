import type { Socket } from "node:net";
import { Agent, buildConnector, EnvHttpProxyAgent, ProxyAgent, type Dispatcher } from "undici";
import type { Connection } from "./connection.ts";

/**
 * The dispatcher for requests without a feed. It sets no time limits, since a quiet stream is healthy. `onSocket`
 * receives each socket to the server itself.
 */
export function dispatcherOf(
  { tls, proxy, socketPath, http2: allowH2 }: Connection,
  onSocket: (socket: Socket) => void = () => undefined,
): Dispatcher {
  const quiet = { bodyTimeout: 0, headersTimeout: 0, allowH2 };
  const requestTls = tls as buildConnector.BuildOptions;
  const build = buildConnector({ ...requestTls, allowH2, socketPath: socketPath ?? null });
  const connect: buildConnector.connector = (options, callback) =>
    build(options, (...result) => {
      if (result[1]) onSocket(result[1]);
      callback(...result);
    });
  if (proxy === undefined || socketPath !== undefined) return new Agent({ ...quiet, connect });
  if (proxy === "env") return new EnvHttpProxyAgent({ ...quiet, connect, requestTls });
  return new ProxyAgent({ ...quiet, uri: proxy, proxyTunnel: true, requestTls });
}
