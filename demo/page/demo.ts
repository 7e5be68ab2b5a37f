/** The facts that the demo reports about itself. */
export interface Demo {
  /** Whether the server dies only on request of the page. */
  readonly calm: boolean;
  /** The number of streams of feeds that it carries. */
  readonly streams: number;
}

/** Rejects when the demo has ended. */
export async function askDemo(): Promise<Demo> {
  return (await (await fetch("/demo.json")).json()) as Demo;
}
