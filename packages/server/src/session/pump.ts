import { GAP_TYPE } from "../core/event.ts";
import type { Cursor, Step } from "./cursor.ts";
import type { Frame } from "../log/frame.ts";
import type { Outlet } from "./outlet.ts";

/**
 * Writes one step of a cursor as far as there is room, in the same way for live, slow and replaying readers: nothing is
 * queued, and the cursor moves only past what was written. Returns whether there may be more to write at once.
 */
export function pump(step: Step, cursor: Cursor, outlet: Outlet): boolean {
  if (outlet.expired) return false;
  const { profile, room, batch } = outlet;
  const page = batch.page(step.events, profile, room);
  if (page) {
    outlet.told = step.events.at(-1)!.at;
    cursor.arrive(step.at);
    outlet.events(page, step.events.length);
    // A gap is written first.
    if (step.events[0]!.type === GAP_TYPE) outlet.tally.gap(step.events[0]!);
    return step.more;
  }
  const frames: Frame[] = [];
  let byteLength = 0;
  let all = true;
  for (const entry of step.events) {
    if (cursor.wants(entry)) {
      const size = entry.frame.in(profile).byteLength;
      all = frames.length === 0 || byteLength + size <= room;
      if (!all) break;
      frames.push(entry.frame);
      if (entry.type === GAP_TYPE) outlet.tally.gap(entry);
      byteLength += size;
      outlet.told = entry.at;
    }
    cursor.take(entry);
  }
  if (all) cursor.arrive(step.at);
  if (frames.length > 0) outlet.events(batch.bytes(frames, byteLength, profile), frames.length);
  return !all || step.more;
}
