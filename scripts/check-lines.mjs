import { isStarted, readSources, readTree, report, root } from "./source.mjs";

/** A source file with more lines than this needs a reason in docs/decisions/. */
const maxLines = 250;

/**
 * One sentence for each long file that docs/decisions/ does not name.
 *
 * @param {Record<string, Record<string, string>>} sources package → path inside `src` → text
 * @param {string} decisions the text of docs/decisions/
 */
export const checkLines = (sources, decisions) =>
  Object.entries(sources).flatMap(([name, files]) =>
    Object.entries(files)
      .map(([path, text]) => ({
        path: `packages/${name}/src/${path}`,
        lines: text.trimEnd().split("\n").length,
      }))
      .filter(({ path, lines }) => lines > maxLines && !decisions.includes(path))
      .map(
        ({ path, lines }) =>
          `${path} has ${lines} lines: split it, or say in docs/decisions/ why not, by its path.`,
      ),
  );

if (isStarted(import.meta.url)) {
  const decisions = Object.values(readTree(`${root}docs/decisions`, ".md")).join("\n");
  report(checkLines(readSources(), decisions), `No file over ${maxLines} lines without a reason.`);
}
