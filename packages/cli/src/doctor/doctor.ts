import { exits } from "../core/exit.ts";
import { Output, printable } from "../core/output.ts";
import { Stop } from "../core/stop.ts";
import { count, duration } from "../core/units.ts";
import { diagnose, maxRequests, type Report } from "./diagnose.ts";
import type { Finding, Level } from "./finding.ts";
import type { DiagnoseOptions } from "./options.ts";

export interface DoctorOptions extends DiagnoseOptions {
  readonly watch?: number;
  readonly strict?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Prints the faults of a stream, and the fix for each. */
export async function doctor(url: string, options: DoctorOptions): Promise<number> {
  using stop = new Stop();
  const output = new Output({ json: options.json, quiet: options.quiet });
  const { watch, strict, json: _, quiet: __, ...others } = options;
  output.say("start", { maxRequests }, `Looking at ${url}: at most ${maxRequests} requests.`);
  const { signal } = stop;
  const report = await diagnose(url, {
    ...others,
    signal,
    ...(watch !== undefined && { watchMs: watch }),
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (!report) return stop.exitCode;
  await print(report, output);
  const bad: readonly Level[] = strict ? ["fault", "risk"] : ["fault"];
  if (!bad.includes(report.worst)) return exits.done;
  return report.findings.some(isNoAnswer) ? exits.failed : exits.faulty;
}

const isNoAnswer = ({ check, level }: Finding): boolean =>
  level === "fault" && (check === "connection" || check === "tls");

async function print(report: Report, output: Output): Promise<void> {
  const { url, findings, requests, ms, worst } = report;
  if (output.json) {
    for (const finding of findings) await output.record("finding", finding);
    return output.record("summary", { url, requests, ms, worst });
  }
  await output.write(`${printable(url)}\n\n`);
  for (const finding of findings) await output.write(textOf(finding, output));
  const of = (level: Level): number => findings.filter((each) => each.level === level).length;
  const sums = `${count(of("fault"), "fault")}, ${count(of("risk"), "risk")}.`;
  const line = `${count(requests, "request")} in ${duration(ms)}. ${sums}`;
  await output.write(`\n${output.style("bold", line)}\n`);
}

const styles = { fault: "red", risk: "yellow", note: "cyan", ok: "green" } as const;

function textOf({ check, level, says, fix }: Finding, output: Output): string {
  const mark = output.style(styles[level], level.toUpperCase().padEnd(6));
  const line = `${mark}${check.padEnd(12)}${printable(says)}\n`;
  return fix === undefined
    ? line
    : `${line}${" ".repeat(18)}${output.style("dim", `Fix: ${fix}`)}\n`;
}
