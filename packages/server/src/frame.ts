import type { OutgoingEvent } from "@steadfeed/parser/encode";
import { profiles, type Profile } from "./profile.ts";

/** The bytes of one event, made once for each profile in use and shared by every session. */
export class Frame {
  /** The bytes for standard readers, which also measure the event. */
  readonly bytes: Uint8Array;
  readonly #event: OutgoingEvent;
  #others: Map<Profile, Uint8Array> | undefined;

  /** Throws `TypeError` for a field that would break the wire. */
  constructor(event: OutgoingEvent) {
    this.#event = event;
    this.bytes = encode(profiles.standard.event(event));
  }

  in(profile: Profile): Uint8Array {
    if (profile === profiles.standard) return this.bytes;
    this.#others ??= new Map();
    let bytes = this.#others.get(profile);
    if (!bytes) this.#others.set(profile, (bytes = encode(profile.event(this.#event))));
    return bytes;
  }
}

export const encode = (text: string): Uint8Array => utf8.encode(text);

const utf8 = /* @__PURE__ */ new TextEncoder();

/** One piece of memory for one write. */
export function join(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
