/** The windows that share this one's connection. */
export interface Windows {
  readonly count: number;
  /** Whether the connection is this window's. */
  readonly leads: boolean;
}

/**
 * Asks the browser for the sharing windows: they queue for a lock, and the one that has it leads. `undefined` without
 * locks, when each window has its own connection.
 */
export async function askWindows(): Promise<Windows | undefined> {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return undefined;
  const { held = [], pending = [] } = await locks.query();
  const isFeed = ({ name }: LockInfo): boolean => name?.startsWith("steadfeed ") ?? false;
  const leader = held.find(isFeed);
  me ??= findMe(locks);
  return {
    count: new Set([...held, ...pending].filter(isFeed).map(({ clientId }) => clientId)).size,
    leads: leader !== undefined && leader.clientId === (await me),
  };
}

let me: Promise<string | undefined> | undefined;

/** The browser's name for this window: it briefly takes a lock that no other window holds, and reads the holder. */
function findMe(locks: LockManager): Promise<string | undefined> {
  const name = `who am I? ${Math.random()}`;
  return locks.request(name, async () => {
    const { held = [] } = await locks.query();
    return held.find((lock) => lock.name === name)?.clientId;
  });
}
