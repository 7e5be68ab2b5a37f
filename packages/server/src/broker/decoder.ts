import type { Contract } from "../core/contract.ts";
import type { ReceivedEvent } from "../core/event.ts";
import type { Guard } from "./hooks.ts";

/** How a stream is read in this process: as text, or as its contract says. Data that it refuses is reported, and gives `undefined`. */
export function decoderOf(
  contract: Contract | undefined,
  stream: string,
  guard: Pick<Guard<never>, "failed">,
): (event: ReceivedEvent) => unknown {
  if (!contract) return (event) => event;
  return (event) => {
    try {
      return { ...event, data: contract.dataOf(event.data, event.type, stream) };
    } catch (error) {
      guard.failed(error, "subscribe");
      return undefined;
    }
  };
}
