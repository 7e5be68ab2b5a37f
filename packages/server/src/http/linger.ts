const lingerMs = 500;
const lingerBytes = 64 << 10;

/**
 * Resolves once a refused upload has ended, or after a moment. Only then may its connection close: closing a socket
 * with unread bytes resets it, and a reset can overtake the response. Only a little of the upload is read.
 */
export function lingered(upload: AsyncIterable<Uint8Array>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, lingerMs);
    const discard = async (): Promise<void> => {
      let left = lingerBytes;
      for await (const { byteLength } of upload) {
        left -= byteLength;
        if (left < 0) return;
      }
      clearTimeout(timer);
      resolve();
    };
    // The client is gone: the response has no reader.
    discard().catch(resolve);
  });
}
