import { setTimeout as sleep } from "node:timers/promises";

/** Waits until a number no longer changes, for a tenth of a second. */
export async function standsStill(number: () => number): Promise<void> {
  let before = -1;
  for (let same = 0; same < 5;) {
    await sleep(20);
    same = number() === before ? same + 1 : 0;
    before = number();
  }
}
