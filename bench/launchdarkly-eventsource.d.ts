/** The part of launchdarkly-eventsource that is used here: it brings no types of its own. */
declare module "launchdarkly-eventsource" {
  interface Told {
    readonly message?: string;
    readonly status?: number;
  }

  export class EventSource {
    constructor(url: string, options?: { readonly https?: object });
    onmessage: (event: { readonly data: string; readonly lastEventId: string }) => void;
    onerror: (error: Told) => void;
    close(): void;
  }
}
