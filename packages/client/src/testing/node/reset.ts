import type { Socket } from "node:net";

/** Resets a connection. One that is just saying goodbye cannot be: libuv refuses, and Node never releases it. So it is closed. */
export function reset(socket: Socket): void {
  const { writableEnded, writableLength, writableFinished } = socket;
  if (writableEnded && writableLength === 0 && !writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
