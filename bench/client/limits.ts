// The cost of bytes without parsing.
import { connect } from "node:net";
import type { Play } from "./contenders.ts";

export const fetchBytes: Play = async (url, { takeBytes }) => {
  const reader = (await fetch(url)).body!.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (takeBytes(value!.length)) return;
  }
};

export const dispatchBytes: Play = async (url, { takeBytes }) => {
  const { Agent } = await import("undici");
  const { origin, pathname: path } = new URL(url);
  await new Promise<void>((done, fail) => {
    new Agent().dispatch(
      { origin, path, method: "GET" },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_controller, { length }) => void (takeBytes(length) && done()),
        onResponseEnd: () => {},
        onResponseError: (_controller, error) => fail(error),
      },
    );
  });
};

export const socketBytes: Play = async (url, { takeBytes }) => {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  await new Promise<void>((done, fail) => {
    socket.on("error", fail);
    socket.on("data", ({ length }) => void (takeBytes(length) && done()));
  });
};
