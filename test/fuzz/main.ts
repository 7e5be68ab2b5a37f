// The parser beside the standard, for as long as you like: pnpm fuzz --runs 10000000 [--seed 1]
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { cutAt, places, stream } from "../conformance/arbitraries.ts";
import { difference } from "../conformance/outcome.ts";
import { interpretWhole, parseInPieces } from "../conformance/parse.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000000" }, seed: { type: "string" } },
});
const runs = Number(values.runs);
const first = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(runs > 0) || !Number.isInteger(first)) {
  throw new TypeError("--runs takes a number of executions, --seed an integer.");
}

/** Streams under one seed: a failure is found again without going through all of those before. */
const batch = 20_000;
const began = performance.now();
const counts = { executions: 0, bytes: 0, events: 0, chunks: 0 };
let seed = first;
console.log(`Parser fuzz: ${runs} executions from seed ${first}, Node ${process.version}`);

/** One stream, three executions: as it was cut by chance, whole, and byte by byte. */
const agrees = fc.property(stream, places, fc.constantFrom("", "7", "é"), (sent, chosen, from) => {
  const expected = interpretWhole(sent, from);
  const everywhere = Array.from({ length: Math.max(0, sent.length - 1) }, (_, index) => index + 1);
  for (const cuts of [cutAt(sent.length, chosen), [], everywhere]) {
    const wrong = difference(parseInPieces(sent, cuts, from), expected);
    if (wrong) throw new Error(`${wrong}, cut at [${cuts.join(", ")}]`);
    counts.executions++;
    counts.bytes += sent.length;
    counts.chunks += cuts.length + 1;
    counts.events += expected.events.length;
  }
});

for (; counts.executions < runs; seed++) {
  const result = fc.check(agrees, { seed, numRuns: batch });
  if (result.failed) {
    console.error(fc.defaultReportMessage(result));
    console.error(`Again: pnpm fuzz --runs ${3 * batch} --seed ${seed}`);
    process.exit(1);
  }
  if ((seed - first) % 10 === 9) say();
}
say();
console.log(`No difference. Seeds ${first} to ${seed - 1}.`);

function say(): void {
  const seconds = Math.round((performance.now() - began) / 1000);
  const { executions, bytes, chunks, events } = counts;
  const mib = Math.round(bytes / 2 ** 20);
  console.log(
    `${executions} executions, ${chunks} chunks, ${mib} MiB, ${events} events, ${seconds} s`,
  );
}
