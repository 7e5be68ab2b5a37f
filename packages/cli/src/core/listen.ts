import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "./exit.ts";

/** The failure to listen on a port. */
export function notListening(port: number, host: string, cause: NodeJS.ErrnoException): Failure {
  const why =
    cause.code === "EADDRINUSE" ? "it is in use; --port 0 takes a free one" : cause.message;
  return new Failure(`Cannot listen on port ${port} of ${host}: ${why}.`, undefined, cause);
}

/** Starts a server, and resolves with its address as a URL. */
export function listen(server: Server, port: number, host: string): Promise<URL> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(notListening(port, host, cause)));
    server.listen(port, host, () => {
      const { address, port: taken } = server.address() as AddressInfo;
      const name = address === "0.0.0.0" || address === "::" ? "localhost" : address;
      resolve(new URL(`http://${name.includes(":") ? `[${name}]` : name}:${taken}/`));
    });
  });
}

/** Stops a server, including its open responses. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
