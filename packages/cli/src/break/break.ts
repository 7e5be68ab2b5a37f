import { FaultProxy, type Link } from "@steadfeed/client/testing/node";
import { connectionOf, type ConnectionArguments } from "../core/connection.ts";
import { exits, Failure } from "../core/exit.ts";
import { close, listen, notListening } from "../core/listen.ts";
import { Output } from "../core/output.ts";
import { Stop } from "../core/stop.ts";
import { duration } from "../core/units.ts";
import { faultsOf, type Fault, type FaultOptions } from "./faults.ts";
import { forwarder } from "./forward.ts";

export interface BreakOptions extends FaultOptions, ConnectionArguments {
  readonly port: number;
  readonly host: string;
  readonly down?: number;
  readonly json?: boolean;
}

/** Runs a proxy in front of a server, which breaks its connections until it is stopped. */
export async function breakUp(url: string, options: BreakOptions): Promise<number> {
  const faults = faultsOf(options);
  if (faults.length === 0 && !options.split) {
    const message = "Say what is to break: --drop, --reset, --truncate, --stall or --split.";
    throw new Failure(message, exits.usage);
  }
  using stop = new Stop();
  const output = new Output({ json: options.json });
  const target = new URL(url);
  const forward = forwarder(target, await connectionOf(options));
  const inner = await listen(forward, 0, "127.0.0.1");
  const { port, host } = options;
  const proxy = await FaultProxy.listen(inner, { port, host }).catch(async (cause: Error) => {
    await close(forward);
    throw notListening(port, host, cause);
  });
  const breaker = new Breaker(proxy, faults, options, output);
  proxy.onLink = (link) => breaker.meet(link);
  const at = new URL(target.pathname + target.search, proxy.url).href;
  const names = faults.map(({ name, afterMs }) => `${name} after ${duration(afterMs)}`);
  const what = `${url} at ${at}: ${[...names, ...(options.split ? ["split"] : [])].join(", then ")}`;
  output.say("listening", { url: at, faults: faults.map(({ name }) => name) }, what, "green");
  await stop.asked;
  await proxy.close();
  await close(forward);
  return exits.done;
}

/** Connections meet the faults in turn: the first connection the first fault, the second the second, and so on. */
class Breaker {
  readonly #proxy: FaultProxy;
  readonly #faults: readonly Fault[];
  readonly #options: Pick<BreakOptions, "down" | "split">;
  readonly #output: Output;
  #connections = 0;

  constructor(
    proxy: FaultProxy,
    faults: readonly Fault[],
    options: Pick<BreakOptions, "down" | "split">,
    output: Output,
  ) {
    this.#proxy = proxy;
    this.#faults = faults;
    this.#options = options;
    this.#output = output;
  }

  meet(link: Link): void {
    const connection = ++this.#connections;
    const fault = this.#faults[(connection - 1) % this.#faults.length];
    this.#output.say("connection", { connection }, `connection ${connection}`);
    if (this.#options.split) link.split();
    if (!fault) return;
    const timer = setTimeout(() => {
      if (!link.live) return;
      const { name } = fault;
      fault.befall(link);
      this.#output.say(
        "fault",
        { connection, fault: name },
        `connection ${connection}: ${name}`,
        "yellow",
      );
      this.#refuse();
    }, fault.afterMs);
    timer.unref();
  }

  /** Refuses new connections for a while. */
  #refuse(): void {
    const { down } = this.#options;
    if (down === undefined) return;
    this.#proxy.refuse = true;
    setTimeout(() => (this.#proxy.refuse = false), down).unref();
  }
}
