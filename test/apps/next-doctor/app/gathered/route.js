import { setTimeout as sleep } from "node:timers/promises";

export const dynamic = "force-dynamic";

/** Returns its answer when all of it was written: nothing streams. */
export async function GET() {
  let text = "";
  for (let n = 1; n <= 6; n++) {
    text += `id: ${n}\ndata: ${n}\n\n`;
    await sleep(250);
  }
  return new Response(text, { headers: { "Content-Type": "text/event-stream" } });
}
