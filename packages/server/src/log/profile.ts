import { encodeEvent, type OutgoingEvent } from "@steadfeed/parser/encode";
import type { ProfileName } from "../core/options.ts";

/** The format of one kind of reader. */
export interface Profile {
  readonly name: ProfileName;
  /** The first bytes of a response. `at` is the reader's cursor if it has none of its own yet. */
  opening(retryMs: number | false, at: string | undefined): string;
  /** The text before the first event of a response. */
  lead(retryMs: number | false): string;
  /** A new reconnection time on its own; empty where that would be an event. */
  retry(retryMs: number): string;
  event(event: OutgoingEvent): string;
  comment(text: string): string;
  /** A heartbeat. `at` is a cursor that moved without an event. */
  heartbeat(at: string | undefined): string;
  /** How the server ends a response that the reader should open again. */
  readonly ending: "end" | "abort";
}

const standard: Profile = {
  name: "standard",
  opening: (retryMs, at) =>
    encodeEvent({ comment: "", id: at, retryMs: retryMs === false ? undefined : retryMs }),
  lead: () => "",
  retry: (retryMs) => encodeEvent({ retryMs }),
  event: encodeEvent,
  comment: (text) => encodeEvent({ comment: text }),
  heartbeat: (at) => (at === undefined ? encodeEvent({ comment: "" }) : encodeEvent({ id: at })),
  ending: "end",
};

/** For two Go clients: one dispatches every block that is not data, the other keeps only the last line of data. */
const go: Profile = {
  name: "go",
  opening: () => "\n\n",
  lead: (retryMs) => (retryMs === false ? "" : `retry: ${retryMs}\n`),
  retry: () => "",
  event: ({ type, data, ...rest }) =>
    encodeEvent({ ...rest, type: type || "message", data: oneLine(data ?? "") }),
  // Without the blank line, so that it is not a block.
  comment: (text) => encodeEvent({ comment: text }).slice(0, -1),
  heartbeat: () => "\n\n",
  // A clean end makes r3labs' client stop permanently.
  ending: "abort",
};

const oneLine = (data: string): string => (/[\r\n]/.test(data) ? JSON.stringify(data) : data);

export const profiles: Readonly<Record<ProfileName, Profile>> = Object.freeze({ standard, go });
