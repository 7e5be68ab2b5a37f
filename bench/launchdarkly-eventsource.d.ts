/** The part of launchdarkly-eventsource that is used here: it brings no types of its own. */
declare module "launchdarkly-eventsource" {
  interface Told {
    readonly message?: string;
    readonly status?: number;
  }

  export class EventSource {
    constructor(url: string, options?: { readonly https?: object });
    on(type: "message", handler: (event: { readonly data: string }) => void): this;
    on(type: "error", handler: (error: Told) => void): this;
    close(): void;
  }
}
