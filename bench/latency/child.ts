// The delay of events: node child.ts CONTENDER PORT SMOKE
import { contenders } from "../client/contenders.ts";
import { cpuNs } from "../measure.ts";

const [name, port, smoke] = process.argv.slice(2);
// The second after the start is not measured: one garbage collection of all that was loaded would be p99. A cold start
// has a table of its own.
const [warm, timed] = smoke === "smoke" ? [20, 50] : [1000, 1000];

const ns: number[] = [];
let number = 0;
let startNs = 0;
let cpu = 0;
const take = (value: unknown): boolean => {
  const now = process.hrtime.bigint();
  if (cpu > 0) return true;
  const text = value as string;
  const [count, at] = text.split(" ");
  if (count !== `${number}` || text.length !== 172) throw new Error(`${text} instead of ${number}`);
  number++;
  if (number === warm) startNs = cpuNs();
  if (number > warm) ns.push(Number(now - BigInt(at!)));
  if (number < warm + timed) return false;
  cpu = (cpuNs() - startNs) / timed;
  return true;
};

const { play } = contenders[name!]!;
await play(`http://127.0.0.1:${port}/`, { json: false, take, takeBytes: () => true });
ns.sort((a, b) => a - b);
const percentile = (share: number): number => ns[Math.floor(share * (ns.length - 1))]!;
const figures = { p50: percentile(0.5), p99: percentile(0.99), cpu };
process.stdout.write(JSON.stringify(figures), () => process.exit());
