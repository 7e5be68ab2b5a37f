/** What the demo says about itself. */
export interface Demo {
  /** Whether the server dies only when the page asks for it. */
  readonly calm: boolean;
  /** How many streams of feeds it carries. */
  readonly streams: number;
}

/** Rejects when the demo has ended. */
export async function askDemo(): Promise<Demo> {
  return (await (await fetch("/demo.json")).json()) as Demo;
}
