// A line of bare sockets to a server, which can be cut, go silent, and be away.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface Line {
  readonly url: string;
  readonly connections: number;
  /** Resets all connections; with `true` new ones are refused, until it is called with `false`. */
  away(yes?: boolean): void;
  /** Passes nothing on any more on what is open, and says so to nobody. */
  silence(): void;
}

export async function lineTo(url: string): Promise<Line> {
  const target = Number(new URL(url).port);
  const open = new Set<Socket>();
  const lines = new Set<Socket>();
  let [refuses, connections] = [false, 0];
  const server = createServer((near) => {
    connections++;
    near.on("error", () => undefined);
    if (refuses) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    far.on("error", () => near.destroy());
    open.add(near);
    near.on("close", () => {
      open.delete(near);
      far.destroy();
    });
    near.pipe(far);
    far.pipe(near);
    lines.add(far);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    silence() {
      for (const far of lines) far.unpipe().resume();
    },
    away(yes = false) {
      refuses = yes;
      for (const socket of open) socket.resetAndDestroy();
    },
  };
}
