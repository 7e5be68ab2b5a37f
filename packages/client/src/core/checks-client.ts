import { isOptions, must, shown } from "./must.ts";

/** Throws `TypeError` for invalid values of the options that only a `Client` has. */
export function checkClient(url: unknown, streams: unknown, streamParam: unknown): void {
  must(
    typeof url !== "function",
    "The URL of a Client must be a text or a URL, and no function: each stream puts its name into it.",
  );
  must(
    streams === undefined || isOptions(streams),
    `streams must be a contract of defineStreams(), not ${shown(streams)}.`,
  );
  for (const [name, events] of Object.entries(streams ?? {}))
    must(
      isOptions(events),
      `streams.${name} must be a stream of defineStream(), whose events must be an object, not ${shown(events)}.`,
    );
  must(
    typeof streamParam === "string" && streamParam !== "",
    `streamParam must be a text that is not empty, not ${JSON.stringify(shown(streamParam))}.`,
  );
}
