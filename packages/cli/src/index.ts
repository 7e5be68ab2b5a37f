export { diagnose, type Report } from "./doctor/diagnose.ts";
export type { DiagnoseOptions } from "./doctor/options.ts";
export type { CheckName, Finding, Level } from "./doctor/finding.ts";
