import type { Socket } from "node:net";
import type { buildConnector } from "undici";

/** Connects as undici does, and makes up for what it lacks. */
export class Connector {
  readonly #connecting = new Set<Socket>();
  readonly #ref: boolean;

  /** With `ref: false` its sockets do not keep the process alive. */
  constructor(ref: boolean) {
    this.#ref = ref;
  }

  of(connect: buildConnector.connector): buildConnector.connector {
    return (to, done) => {
      // Its type does not say so, but it gives the socket.
      const socket = connect(to, (...answer) => {
        this.#connecting.delete(socket);
        // For good: undici holds the socket of an HTTP/2 stream again.
        if (!this.#ref) socket.unref().ref = () => socket;
        done(...answer);
      }) as unknown as Socket;
      this.#connecting.add(socket);
      keepFirstError(socket);
      // An HTTP/2 session that is over ends its socket, and leaves it to a server that may never answer.
      socket.once("finish", () => socket.destroy());
    };
  }

  /** Gives up what is not connected yet: a dispatcher that is destroyed would go on connecting. */
  stop(): void {
    for (const socket of this.#connecting) socket.destroy(new Error("closed"));
  }
}

/** A server that refuses our certificate says so, then hangs up. undici tells the last error: that it hung up. */
function keepFirstError(socket: Socket): void {
  let first: Error | undefined;
  socket.on("error", (error) => {
    if (first) error.cause ??= first;
    else first = error;
  });
}
