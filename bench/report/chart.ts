import { middle, roleOf, shown, type Run } from "./results.ts";

const width = 720;
const left = 230;
const bar = 16;
const step = 22;
const panel = 34;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Colours for a dark page, which an image does not inherit. */
const style = `text{font:13px system-ui,sans-serif;fill:#24292f}.h{font-weight:600}.n{font-size:12px;fill:#57606a}
.ours{fill:#0b7285}.peer{fill:#adb5bd}.limit{fill:none;stroke:#868e96;stroke-dasharray:3 2}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.n{fill:#9da7b1}.ours{fill:#3bc9db}.peer{fill:#5c636a}}`;

/** Bars, with a panel and a scale for each workload: shorter is better. */
export function chart(run: Run): string {
  const parts: string[] = [];
  let y = 4;
  for (const workload of run.workloads) {
    const rows = run.names
      .filter((name) => name !== run.control)
      .flatMap((name) => {
        const figure = middle(run, name, workload);
        return figure === undefined ? [] : [{ name, figure }];
      });
    const most = Math.max(...rows.map(({ figure }) => figure));
    parts.push(`<text class="h" x="0" y="${y + 16}">${escape(workload)}</text>`);
    y += panel - 8;
    for (const { name, figure } of rows) {
      const length = Math.max(2, (Math.max(0, figure) / most) * (width - left - 90)).toFixed(1);
      const role = roleOf(name);
      parts.push(
        `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escape(name)}</text>`,
        `<rect class="${role}" x="${left}" y="${y}" width="${length}" height="${bar}" rx="2"/>`,
        `<text class="n" x="${left + Number(length) + 6}" y="${y + 13}">${shown(run.unit, figure)}</text>`,
      );
      y += step;
    }
    y += 8;
  }
  const label = escape(`${run.title}: ${run.unit}, shorter is better`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="${label}">
<style>${style}</style>
${parts.join("\n")}
</svg>
`;
}
