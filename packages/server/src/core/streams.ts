import { describe, isOptions } from "./check.ts";
import { Contract, type StreamsContract } from "./contract.ts";

/** The options of a broker about its streams. */
interface Given {
  readonly streams?: "auto" | Iterable<string> | StreamsContract | undefined;
  readonly check?: boolean | undefined;
}

interface Resolved {
  readonly streams: "auto" | Iterable<string>;
  readonly contract: Contract | undefined;
}

/** The names of the streams, or their contract. Throws `TypeError` that names the option and the fix. */
export function resolveStreams({ streams = "auto", check }: Given): Resolved {
  if (check !== undefined && typeof check !== "boolean") {
    throw new TypeError(`check must be true or false, not ${describe(check)}.`);
  }
  if (isContract(streams)) {
    if (Object.keys(streams).length === 0)
      throw new TypeError("streams must be a contract with a stream, or a list of names.");
    const contract = new Contract(streams, check ?? true);
    return { streams: contract.names, contract };
  }
  if (check !== undefined)
    throw new TypeError("check needs a contract: give streams made by defineStreams().");
  if (streams === "auto") return { streams, contract: undefined };
  if (typeof streams !== "object" || streams === null || !(Symbol.iterator in streams)) {
    throw new TypeError(
      `streams must be "auto", a list of names or a contract, not ${describe(streams)}.`,
    );
  }
  const names = [...streams];
  if (!names.every((name) => typeof name === "string" && name !== "")) {
    throw new TypeError("streams must have names that are texts, or be a contract.");
  }
  return { streams: names, contract: undefined };
}

const isContract = (streams: Given["streams"]): streams is StreamsContract => isOptions(streams);
