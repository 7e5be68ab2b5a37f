import type { GapInfo, OpenInfo } from "../core/status.ts";
import { toHeaderValue } from "#transport";
import { isSendable } from "../http/request.ts";

/** The cursor of a connection, the origin that gave it, and what a server made of it. */
export class Cursor {
  id = "";
  /** Who gave it; `undefined`: the user did. */
  origin: string | undefined;
  /** The origin that is read from, and the URL that answered. */
  giver: string | undefined;
  answered = "";
  /** The cursor that was meant to be sent. */
  #sent = "";

  /** The id to send, if a header can carry it. */
  send(id: string): string {
    this.#sent = id;
    return isSendable(id) ? id : "";
  }

  moved(id: string): void {
    this.id = id;
    this.origin = this.giver;
  }

  /** The server refused it. */
  forget(): void {
    this.id = this.#sent = "";
  }

  /** A stream is open: the gap, if its server did not get the cursor, or says that it starts after another one. */
  opened({ url, resumedFrom, headers }: OpenInfo, origin: string): GapInfo | undefined {
    this.giver = origin;
    this.answered = url;
    const lastEventId = this.#sent;
    if (lastEventId !== resumedFrom)
      return { reason: isSendable(lastEventId) ? "redirected" : "unsendable-id", lastEventId };
    const starts = headers.get("Last-Event-ID");
    if (lastEventId === "" || starts === null || isSame(starts, lastEventId)) return undefined;
    return { reason: "unknown", lastEventId };
  }
}

/** A header has a character for each byte of the id. Some platforms decode it, and Node's servers may encode it twice. */
function isSame(header: string, id: string): boolean {
  const bytes = toHeaderValue(id);
  return header === id || header === bytes || header === toHeaderValue(bytes);
}
