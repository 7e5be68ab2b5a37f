/** The parameter in a name of streams: `room:{id}`. */
const parameter = /\{([\w-]+)\}/;

/** The parameters of a name; empty for the name of one stream. */
export const parametersOf = (name: string): string[] =>
  name.split(parameter).filter((_, at) => at % 2 === 1);

/** The name with its fixed text changed, and its parameters kept. */
export const mapText = (name: string, change: (text: string) => string): string =>
  name
    .split(parameter)
    .map((part, at) => (at % 2 === 1 ? `{${part}}` : change(part)))
    .join("");

/** A pattern of JSON Schema for the names that it covers. */
export function patternOf(name: string): string {
  const parts = name.split(parameter).filter((_, at) => at % 2 === 0);
  return `^${parts.map((part) => part.replace(/[$()*+./?[\\\]^{|}]/g, "\\$&")).join(".+")}$`;
}
