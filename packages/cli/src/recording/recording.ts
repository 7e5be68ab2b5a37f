import { createParser } from "@steadfeed/parser";
import { exits, Failure } from "../core/exit.ts";

/**
 * One line of a recording, with the time since its start in milliseconds: an opened connection, received bytes (as
 * text, or as base64 if they are not whole characters), an end, or a failed attempt.
 */
export type Entry = { readonly at: number } & (
  | { readonly open: number; readonly contentType: string; readonly lastEventId: string }
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly end: "complete" | "cut" | "stopped" }
  | { readonly failed: string }
);

/** The first line of a recording. */
export interface Head {
  readonly recording: 1;
  readonly url: string;
  readonly startedAt: string;
}

/** One step of a replay: it sends bytes, or ends the response. */
export type Step = { readonly at: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly end: "complete" | "cut" }
);

/** A position within the steps: so many bytes of one have been sent. */
export interface Place {
  readonly step: number;
  readonly offset: number;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes in the form of an entry. */
export function bytesEntry(at: number, bytes: Uint8Array): Entry {
  try {
    return { at, text: decoder.decode(bytes) };
  } catch {
    return { at, base64: Buffer.from(bytes).toString("base64") };
  }
}

/** The bytes of a stream with their times, and the position after each cursor. */
export class Recording {
  readonly contentType: string;
  readonly steps: readonly Step[];
  readonly #places = new Map<string, Place>();

  private constructor(steps: readonly Step[], contentType: string) {
    this.steps = steps;
    this.contentType = contentType;
    this.#find();
  }

  /**
   * Reads a recording, or the plain text of a stream, whose events are then `everyMs` apart. Throws {@link Failure}.
   */
  static read(file: string, text: string, everyMs: number): Recording {
    const [first = "", ...lines] = text.split("\n");
    if (!isHead(first)) return new Recording(plainSteps(text, everyMs), "text/event-stream");
    const entries = lines.flatMap((line, index) => entryOf(file, line, index + 2));
    const opened = entries.find((entry) => "open" in entry);
    return new Recording(
      entries.flatMap(stepOf),
      opened && "open" in opened ? opened.contentType : "text/event-stream",
    );
  }

  /** The position after this cursor; the start for an unknown one. */
  after(id: string | undefined): Place {
    return this.#places.get(id ?? "") ?? { step: 0, offset: 0 };
  }

  #find(): void {
    let id: string | undefined;
    /** Of this connection. */
    let newest: string | undefined;
    const parser = createParser({ onEvent: () => undefined, onId: (each) => (id = each) });
    for (const [step, what] of this.steps.entries()) {
      if (!("bytes" in what)) {
        // A reader with its last id saw its end, and continues with the next connection.
        if (newest !== undefined) this.#places.set(newest, { step: step + 1, offset: 0 });
        newest = undefined;
        parser.reset();
        continue;
      }
      for (const [line, offset] of linesIn(what.bytes)) {
        id = undefined;
        parser.push(line);
        if (id === undefined) continue;
        newest = id;
        this.#places.set(id, { step, offset });
      }
    }
  }
}

/** The lines of the bytes, each with the offset of its end. */
function* linesIn(bytes: Uint8Array): Generator<readonly [line: Uint8Array, end: number]> {
  for (let from = 0; from < bytes.length;) {
    const at = bytes.indexOf(lineFeed, from);
    const end = at < 0 ? bytes.length : at + 1;
    yield [bytes.subarray(from, end), end];
    from = end;
  }
}

const lineFeed = 0x0a;

/** The events of a plain stream, in order. */
function plainSteps(text: string, everyMs: number): Step[] {
  const steps: Step[] = [];
  let complete = false;
  let from = 0;
  const bytes = Buffer.from(text);
  const parser = createParser({ onEvent: () => (complete = true) });
  for (const [line, end] of linesIn(bytes)) {
    complete = false;
    parser.push(line);
    if (!complete) continue;
    steps.push({ at: steps.length * everyMs, bytes: bytes.subarray(from, end) });
    from = end;
  }
  const rest = bytes.subarray(from);
  return rest.length === 0 ? steps : [...steps, { at: steps.length * everyMs, bytes: rest }];
}

function stepOf(entry: Entry): Step[] {
  const { at } = entry;
  if ("text" in entry) return [{ at, bytes: Buffer.from(entry.text) }];
  if ("base64" in entry) return [{ at, bytes: Buffer.from(entry.base64, "base64") }];
  return "end" in entry && entry.end !== "stopped" ? [{ at, end: entry.end }] : [];
}

function isHead(line: string): boolean {
  try {
    return (JSON.parse(line) as Partial<Head>).recording === 1;
  } catch {
    return false;
  }
}

function entryOf(file: string, line: string, number: number): Entry[] {
  if (line.trim() === "") return [];
  try {
    const entry = JSON.parse(line) as Entry;
    if (typeof entry.at === "number") return [entry];
  } catch {
    // Reported by the caller.
  }
  throw new Failure(`Line ${number} of ${file} is not a line of a recording.`, exits.usage);
}
