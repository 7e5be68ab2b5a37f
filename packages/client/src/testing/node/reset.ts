import type { Socket } from "node:net";

/**
 * Resets a connection. One that is about to close is closed instead: libuv refuses to reset it, and Node would never
 * release it.
 */
export function reset(socket: Socket): void {
  const { writableEnded, writableLength, writableFinished } = socket;
  if (writableEnded && writableLength === 0 && !writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
