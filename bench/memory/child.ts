// The memory that an event retains after its chunk: node child.ts CONTENDER EVENTS
import { tiny, tokens } from "../fixtures.ts";
import { collectGarbage } from "../measure.ts";
import { parsers } from "../parser-contenders.ts";

const [name, how, kept] = process.argv.slice(2);
const count = Number(kept);
const encoder = new TextEncoder();
const figures: Record<string, number> = {};

for (const [size, samples] of Object.entries({ "9 B": tiny(7280), "180 B": tokens(364) })) {
  const text = samples.map((sample) => sample.text).join("");
  const keep: string[] = [];
  let wanted = false;
  const push = await parsers[name!]!((data) => {
    if (wanted) keep.push(how === "copied" ? structuredClone(data) : data);
    wanted = false;
  });
  const pass = (): void => {
    wanted = true;
    push(encoder.encode(text));
  };
  for (let i = 0; i < 100; i++) pass();
  keep.length = 0;
  collectGarbage();
  const before = process.memoryUsage();
  for (let i = 0; i < count; i++) pass();
  collectGarbage();
  const after = process.memoryUsage();
  if (keep.length !== count || keep.some((data) => data !== samples[0]!.data)) {
    throw new Error(`${keep.length} of ${count} were kept`);
  }
  const bytes = after.heapUsed + after.external - before.heapUsed - before.external;
  figures[`${size} of 64 KB`] = bytes / count;
}
process.stdout.write(JSON.stringify(figures));
