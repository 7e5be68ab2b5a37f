import { byId, element } from "./dom.ts";

const rows = new Map<string, readonly [HTMLElement, HTMLElement]>();

/** Shows the number of events of each type, as numbers and bars. */
export function showCounts(counts: ReadonlyMap<string, number>): void {
  const most = Math.max(1, ...counts.values());
  for (const [type, count] of counts) {
    const [number, bar] = rows.get(type) ?? addRow(type);
    number.textContent = String(count);
    bar.style.scale = `${count / most} 1`;
  }
}

function addRow(type: string): readonly [HTMLElement, HTMLElement] {
  const [term, number, bar] = [element("dt", type), element("dd", ""), element("i", "")];
  const row = element("div", "");
  row.append(term, number, bar);
  byId("types").append(row);
  const shown = [number, bar] as const;
  rows.set(type, shown);
  return shown;
}
