import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listen } from "./server.ts";

/** A piece of line between a process and its Redis, which can break in several ways. */
export interface Relay {
  readonly url: string;
  /** How often somebody came. */
  readonly connections: number;
  /** Leads elsewhere from now on. */
  to(port: number): void;
  /** Resets all that is open. */
  reset(): void;
  /** Takes no more connections, until it does again. */
  refuse(yes: boolean): void;
  /** Nothing passes any more in either direction, without notice; on all connections, or on those that carried `said`. */
  stall(said?: string): void;
  flow(): void;
  /** Loses the next answers to what is asked with `said`, and the line with them. */
  loseAnswerTo(said: string): void;
}

interface Line {
  readonly near: Socket;
  readonly far: Socket;
  heard: string;
  stalled: boolean;
  deaf: boolean;
}

export async function relay(port: number): Promise<Relay> {
  const lines = new Set<Line>();
  let target = port;
  let refusing = false;
  let stallNew = false;
  let losing: string | undefined;
  let connections = 0;
  const server = createServer((near) => {
    connections++;
    if (refusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    const line: Line = { near, far, heard: "", stalled: stallNew, deaf: false };
    lines.add(line);
    const pass = (from: Socket, to: Socket, note: (text: string) => void): void => {
      from.on("data", (chunk: Buffer) => {
        note(chunk.toString("latin1"));
        if (!line.stalled) to.write(chunk);
      });
      from
        .on("error", () => to.destroy())
        .on("close", () => {
          lines.delete(line);
          to.destroy();
        });
    };
    pass(near, far, (text) => {
      line.heard = (line.heard + text).slice(-4000);
      if (losing !== undefined && text.includes(losing)) line.deaf = true;
    });
    pass(far, near, () => {
      if (!line.deaf) return;
      losing = undefined;
      line.stalled = true;
      near.resetAndDestroy();
    });
  });
  const own = await listen(server);
  onTestFinished(() => {
    server.close();
    for (const { near, far } of lines) {
      near.destroy();
      far.destroy();
    }
  });
  return {
    url: `redis://127.0.0.1:${own}`,
    get connections() {
      return connections;
    },
    to: (other) => void (target = other),
    reset: () => lines.forEach(({ near }) => near.resetAndDestroy()),
    refuse: (yes) => void (refusing = yes),
    stall: (said) => {
      stallNew = said === undefined;
      for (const line of lines) line.stalled = said === undefined || line.heard.includes(said);
    },
    flow: () => {
      stallNew = false;
      // What was swallowed is gone: only new lines are whole.
      for (const line of lines) if (line.stalled) line.near.resetAndDestroy();
    },
    loseAnswerTo: (said) => void (losing = said),
  };
}
