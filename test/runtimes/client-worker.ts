// Runs one scenario of the client's suite in a worker.
import { scenarios } from "./client-suite.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const [name, url, control] = ["name", "url", "control"].map((key) => searchParams.get(key)!);
    try {
      return Response.json({ result: await scenarios[name!]!({ url: url!, control: control! }) });
    } catch (error) {
      return new Response(String((error as Error).stack), { status: 500 });
    }
  },
};
