// Runs the suite in a runtime's own process, which ends when nothing is left to do.
import { scenarios } from "../suite/scenarios.ts";
import { Stage } from "../suite/stage.ts";

const say = (line: unknown): void => console.log(JSON.stringify(line));

say({ from: import.meta.resolve("@steadfeed/client") });
await Promise.all(
  Object.entries(scenarios).map(async ([name, scenario]) => {
    const error = await scenario(new Stage(process.argv[2]!)).then(
      () => undefined,
      (thrown: Error) => thrown.stack,
    );
    say({ name, error });
  }),
);
