import type { OutgoingEvent } from "@steadfeed/parser/encode";
import { profiles, type Profile } from "./profile.ts";

/** The bytes of one event, encoded once for each profile in use and shared by every session. */
export class Frame {
  /** The bytes for standard readers, which also define the event's size. */
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

/** A frame, and its readers. */
interface Part {
  readonly frame: Frame;
  readonly minVersion: number;
  readonly expiresAt: number | undefined;
}

/** Makes the bytes of a write: the same buffer for every session that writes the same. */
export class Batch {
  #page: readonly Part[] = [];
  #pageProfile: Profile | undefined;
  #pageBytes: Uint8Array | undefined;
  #frames: readonly Frame[] = [];
  #profile: Profile | undefined;
  #bytes: Uint8Array = new Uint8Array();
  #text = "";
  #textBytes: Uint8Array = new Uint8Array();

  /** The bytes of a text that is not an event. */
  text(text: string): Uint8Array {
    if (text !== this.#text) {
      this.#text = text;
      this.#textBytes = encode(text);
    }
    return this.#textBytes;
  }

  /** The bytes of a whole page, if all of it is for every reader and fits. */
  page(parts: readonly Part[], profile: Profile, room: number): Uint8Array | undefined {
    // Sessions at the same position get the same page from their log: only the first checks it.
    if (parts !== this.#page || profile !== this.#pageProfile) {
      let byteLength = 0;
      for (const { frame, minVersion, expiresAt } of parts) {
        byteLength += frame.in(profile).byteLength;
        if (byteLength > room || expiresAt !== undefined || minVersion > Number.NEGATIVE_INFINITY)
          return undefined;
      }
      this.#page = parts;
      this.#pageProfile = profile;
      const frames = parts.map(({ frame }) => frame);
      this.#pageBytes = parts.length > 0 ? this.bytes(frames, byteLength, profile) : undefined;
    }
    return this.#pageBytes && this.#pageBytes.byteLength <= room ? this.#pageBytes : undefined;
  }

  /** The bytes of several frames. */
  bytes(frames: readonly Frame[], byteLength: number, profile: Profile): Uint8Array {
    if (frames.length === 1) return frames[0]!.in(profile);
    if (profile === this.#profile && same(frames, this.#frames)) return this.#bytes;
    this.#frames = frames;
    this.#profile = profile;
    this.#bytes = joined(
      frames.map((frame) => frame.in(profile)),
      byteLength,
    );
    return this.#bytes;
  }
}

function same(one: readonly Frame[], other: readonly Frame[]): boolean {
  return one.length === other.length && one.every((frame, i) => frame === other[i]);
}

export function joined(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  const whole = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
