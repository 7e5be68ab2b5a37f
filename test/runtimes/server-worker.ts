import { brokerApp, singleApp } from "./server-suite.ts";

// #region room
/** Where requests share memory, and so where a broker can live in a worker. */
export class Room {
  readonly fetch = brokerApp().fetch;
}
// #endregion

interface Env {
  readonly ROOM: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

const single = singleApp();

export default {
  fetch(request: Request, { ROOM }: Env): Response | Promise<Response> {
    if (!request.url.includes("/room/")) return single.fetch(request);
    const inRoom = new Request(request.url.replace("/room/", "/"), request);
    return ROOM.get(ROOM.idFromName("one")).fetch(inRoom);
  },
};
