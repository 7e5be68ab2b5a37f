import type { FeedStatus } from "@steadfeed/client";

/** A status that is a state of the connection, as a title and a sentence. `undefined` for others. */
export function wordingOf(
  status: FeedStatus,
): { readonly title: string; readonly text: string } | undefined {
  switch (status.kind) {
    case "connecting":
      return {
        title: "Connecting",
        text: status.lastEventId ? `Asks for what comes after ${status.lastEventId}.` : "",
      };
    case "open":
      return {
        title: "Open",
        text: status.resumedFrom
          ? `Resumed after ${status.resumedFrom}.`
          : "Events arrive as they are published.",
      };
    case "waiting":
      return {
        title: titles[status.error.code] ?? "Waiting",
        // There is one server only, so its address adds no information.
        text: status.error.message.replace(/^http\S+/, "The balancer").replace(/ to http\S+/, ""),
      };
    case "closed":
      return { title: "Closed", text: `The feed ended: ${status.reason}.` };
    case "paused":
      return { title: "Paused", text: "Hands over the lead." };
    default:
      return undefined;
  }
}

/** States without further attempts. */
const titles: Readonly<Record<string, string>> = { offline: "Offline", hidden: "Hidden" };
