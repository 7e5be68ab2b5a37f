/**
 * Waits for everything that needs no time: promises, streams, and their consequences. It works under a fake clock too,
 * which replaces timers but not message ports.
 */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await turn();
}

async function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.addEventListener("message", resolve, { once: true });
    port1.start();
    port2.postMessage(undefined);
  });
  port1.close();
}
