import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port for a server that starts later, goes away for a time, or is never there. Nobody else gets it before this
 * process ends: Systems choose free ports above these, and another call, in any process, finds its UDP port in use.
 */
export async function ownPort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const claim = createSocket("udp4").unref();
    try {
      await once(claim.bind(port, "127.0.0.1"), "listening");
      const server = createServer().listen(port);
      await once(server, "listening");
      await once(server.close(), "close");
      return port;
    } catch {
      claim.close();
    }
  }
}
