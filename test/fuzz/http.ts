// The two ways of a body over HTTP/1.1 beside each other, for as long as you like: pnpm fuzz:http --runs 1000000 [--seed 1]
import { parseArgs } from "node:util";
import { compare } from "./both.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000000" }, seed: { type: "string" } },
});
const runs = Number(values.runs);
const first = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(runs > 0) || !Number.isInteger(first)) {
  throw new TypeError("--runs takes a number of responses, --seed an integer.");
}
/** They share the turns of the event loop. */
const batch = 100;
let bytes = 0;
let direct = 0;
console.log(`HTTP fuzz: ${runs} responses from seed ${first}, Node ${process.version}`);
for (let run = 0; run < runs; run += batch) {
  const seeds = Array.from(
    { length: Math.min(batch, runs - run) },
    (_, index) => first + run + index,
  );
  for (const count of await Promise.all(seeds.map(compare))) {
    direct += Number(count > 0);
    bytes += count;
  }
  if ((run / batch) % 300 === 299) say(run + batch);
}
say(runs);
console.log(`No difference. Seeds ${first} to ${first + runs - 1}.`);

function say(count: number): void {
  const seconds = Math.round(performance.now() / 1000);
  console.log(`${count} responses, ${direct} with ${bytes} bytes directly, ${seconds} s`);
}
