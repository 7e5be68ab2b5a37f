// Feeds, faults and failing servers: pnpm chaos --seconds 60 --seed 1 [--feeds 200] [--log memory|redis]
import { parseArgs } from "node:util";
import { faultsOf, storm } from "./storm.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string" },
    feeds: { type: "string", default: "200" },
    log: { type: "string", default: "memory" },
  },
});
const options = {
  seconds: Number(values.seconds),
  seed: Number(values.seed ?? Date.now() % 2 ** 31),
  feeds: Number(values.feeds),
  log: values.log,
};
if (!(options.seconds > 0) || !Number.isInteger(options.seed) || !(options.feeds > 0)) {
  throw new TypeError("--seconds and --feeds take positive numbers, --seed an integer.");
}
const again = `pnpm chaos --seconds ${options.seconds} --seed ${options.seed} --feeds ${options.feeds} --log ${options.log}`;
console.log(`Node ${process.version}: ${again}`);

const uncaught: string[] = [];
for (const kind of ["unhandledRejection", "uncaughtException"] as const) {
  process.on(kind, (error: unknown) => {
    uncaught.push(`${kind}: ${error instanceof Error ? error.stack : String(error)}`);
  });
}

const report = await storm(options);
const { faults: _, faultsSurvived, gaps, heapMb, ...figures } = report;
console.log("Faults survived:", faultsSurvived);
console.log("Gaps told:", gaps);
console.log("Events and readers:", figures);
console.log(`Heap in MB, before, at each tenth, after: ${heapMb.join(" ")}`);
const wrong = [...uncaught, ...faultsOf(report)];
for (const sentence of wrong) console.error(sentence);
if (wrong.length > 0) {
  console.error(`Again: ${again}`);
  process.exit(1);
}
console.log("Published = received + signalled, for every subscriber. Nothing is left behind.");
