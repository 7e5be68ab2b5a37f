import type { Address, LogState, Peers, PeersWatcher } from "../log/log.ts";
import type { Appender } from "./appender.ts";
import type { Attendance } from "./attendance.ts";
import { noteFields } from "./record.ts";

/** The processes on one Redis. */
export class RedisPeers implements Peers {
  state: LogState = "up";
  readonly #appender: Appender;
  readonly #attendance: Attendance;
  readonly #watchers = new Set<PeersWatcher>();

  constructor(appender: Appender, attendance: Attendance) {
    this.#appender = appender;
    this.#attendance = attendance;
  }

  report(to: Address, sessions: number): void {
    this.#attendance.report(to, sessions);
  }

  count(to: Address): Promise<number> {
    return this.#attendance.count(to);
  }

  clients(): Promise<string[]> {
    return this.#attendance.clients();
  }

  async tell(note: string): Promise<void> {
    await this.#appender.note(noteFields(note));
  }

  watch(watcher: PeersWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  told(note: string): void {
    for (const watcher of this.#watchers) watcher.told(note);
  }

  become(state: LogState, error: unknown): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.#watchers) watcher.changed(state, error);
  }

  failed(error: unknown): void {
    for (const watcher of this.#watchers) watcher.failed(error);
  }
}
