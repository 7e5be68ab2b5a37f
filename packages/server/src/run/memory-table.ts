import { END_TYPE } from "../core/event.ts";
import type { Draft, Log } from "../log/log.ts";
import { type RunClaim, type RunEnd, type RunRecord, type RunTable } from "../log/run-log.ts";

interface Kept {
  readonly claim: RunClaim;
  readonly begin: string;
  end: RunEnd | undefined;
  endAt: string | undefined;
  stopping: boolean;
  expiresAt: number;
}

/** The maximum number of ended runs that are kept, however recent. */
const mostEnded = 10_000;

/** The runs of one process. A producer cannot die alone here, so no lease is needed. */
export class MemoryRunTable implements RunTable {
  readonly shared = false;
  readonly #log: Log;
  readonly #runs = new Map<string, Kept>();
  /** The oldest first. */
  readonly #ended = new Set<Kept>();

  constructor(log: Log) {
    this.#log = log;
  }

  async begin(
    claim: RunClaim,
    anew: boolean,
  ): Promise<{ readonly record: RunRecord; readonly mine: boolean }> {
    this.#sweep();
    const before = this.#runs.get(claim.id);
    if (before && !(before.end && anew)) return { record: recordOf(before), mine: false };
    if (before) this.#forget(before);
    const kept = {
      claim,
      begin: this.#log.tail,
      end: undefined,
      endAt: undefined,
      stopping: false,
      expiresAt: Number.POSITIVE_INFINITY,
    };
    this.#runs.set(claim.id, kept);
    return { record: recordOf(kept), mine: true };
  }

  async find(id: string): Promise<RunRecord | undefined> {
    this.#sweep();
    const kept = this.#runs.get(id);
    return kept && recordOf(kept);
  }

  append(
    claim: RunClaim,
    _number: number,
    drafts: readonly Draft[],
  ): readonly string[] | undefined {
    if (!this.#running(claim)) return undefined;
    return drafts.map((draft) => (this.#log.append(draft) as { readonly id: string }).id);
  }

  async renew(claim: RunClaim): Promise<"running" | "stopping" | undefined> {
    const kept = this.#running(claim);
    return kept && (kept.stopping ? "stopping" : "running");
  }

  async end(claim: RunClaim, end: RunEnd): Promise<RunEnd | undefined> {
    const kept = this.#running(claim);
    if (!kept) return undefined;
    kept.end = kept.stopping && end.reason === "lost" ? { reason: "stopped" } : end;
    kept.expiresAt = Date.now() + claim.ttlMs;
    this.#ended.add(kept);
    void this.#log.append(endDraft(claim, kept.end));
    kept.endAt = this.#log.tail;
    this.#sweep();
    return kept.end;
  }

  async stop(id: string): Promise<boolean | undefined> {
    const kept = this.#runs.get(id);
    if (!kept) return undefined;
    kept.stopping = true;
    return kept.end === undefined;
  }

  #running(claim: RunClaim): Kept | undefined {
    const kept = this.#runs.get(claim.id);
    return kept?.claim === claim && !kept.end ? kept : undefined;
  }

  #sweep(): void {
    const now = Date.now();
    for (const kept of this.#ended) {
      if (kept.expiresAt <= now || this.#ended.size > mostEnded) this.#forget(kept);
    }
  }

  #forget(kept: Kept): void {
    this.#ended.delete(kept);
    this.#runs.delete(kept.claim.id);
    void this.#log.clear(kept.claim.to);
  }
}

/** The last entry of a run. Its data is for the processes only. */
const endDraft = ({ to }: RunClaim, end: RunEnd): Draft => ({
  to,
  type: END_TYPE,
  data: JSON.stringify(end),
  retryMs: undefined,
  id: undefined,
  minVersion: Number.NEGATIVE_INFINITY,
  expiresAt: undefined,
  limitBytes: Number.POSITIVE_INFINITY,
});

const recordOf = ({ claim: { id, to }, begin, end, endAt }: Kept): RunRecord => ({
  id,
  to,
  begin,
  end,
  endAt,
});
