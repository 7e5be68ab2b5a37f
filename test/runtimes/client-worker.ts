// Runs one scenario of the suite in a worker.
import { scenarios } from "../suite/scenarios.ts";
import { Stage } from "../suite/stage.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    try {
      await scenarios[searchParams.get("name")!]!(new Stage(searchParams.get("url")!));
      return new Response();
    } catch (error) {
      return new Response((error as Error).stack, { status: 500 });
    }
  },
};
