export { diagnose, type DiagnoseOptions, type Report } from "./doctor/diagnose.ts";
export type { CheckName, Finding, Level } from "./doctor/finding.ts";
