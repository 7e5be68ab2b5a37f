// What a server might send over HTTP/1.1, by chance: most of it in order, the rest wrong in every way a parser must tell.
import { between, chance, pick, type Random } from "../chaos/random.ts";

export interface Wire {
  /** What the socket reads, one after another; `null` waits until all of the previous ones are dealt with. */
  readonly reads: readonly (Uint8Array | null)[];
  /** What comes after that. */
  readonly end: "closed" | "reset" | "nothing";
  /** The consumer pauses before this read, and continues before that one. */
  readonly pause: number;
  readonly resume: number;
}

export function wireOf(random: Random): Wire {
  let text = responseOf(random);
  if (chance(random, 0.1))
    text += pick(random, ["\r\n", "garbage", "HTTP/1.1 200 OK\r\n\r\n", "0"]);
  if (chance(random, 0.2)) text = mutated(random, text);
  const first = cut(random, bytesOf(text));
  // Sent after the first response was received, as the answer to a second request.
  const second = chance(random, 0.3) ? cut(random, bytesOf(responseOf(random))) : [];
  // Some responses are cut off anywhere.
  if (chance(random, 0.1)) first.length = between(random, 0, first.length);
  const reads = [...first, null, ...second];
  const pause = chance(random, 0.2) ? between(random, 0, reads.length) : Infinity;
  return {
    reads,
    end: pick(random, ["closed", "closed", "reset", "nothing"]),
    pause,
    resume: pause + between(random, 0, 3),
  };
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

function responseOf(random: Random): string {
  const nl = (): string => (chance(random, 0.01) ? "\n" : "\r\n");
  let text = chance(random, 0.02) ? "\r\n" : "";
  for (let more = 0.15; chance(random, more); more = 0.5) {
    text += `HTTP/1.1 ${pick(random, ["103 Early Hints", "102 Processing", "103", "100 Continue", "101 Up"])}${nl()}`;
    if (chance(random, 0.5)) text += `Link: </a>${nl()}`;
    text += nl();
  }
  text += chance(random, 0.9)
    ? `HTTP/1.1 200 OK${nl()}`
    : pick(random, [
        `HTTP/1.0 200 OK${nl()}`,
        `HTTP/1.1 200${nl()}`,
        `HTTP/1.1 404 Not Found${nl()}`,
        `HTTP/1.1 204 No Content${nl()}`,
        `HTTP/1.1 304 Not Modified${nl()}`,
        `HTTP/1.1 206 Partial${nl()}`,
        `HTTP/2 200 OK${nl()}`,
        `ICY 200 OK${nl()}`,
        `HTTP/1.1  200 OK${nl()}`,
      ]);
  const headers = [
    chance(random, 0.93) ? "Content-Type: text/event-stream" : "Content-Type: text/plain",
  ];
  const chunked = chance(random, 0.75);
  if (chunked)
    headers.push(`Transfer-Encoding: ${chance(random, 0.9) ? "chunked" : pick(random, codings)}`);
  else if (chance(random, 0.2)) headers.push(`Content-Length: ${between(random, 0, 60)}`);
  if (chance(random, 0.02))
    headers.push(pick(random, ["Content-Length: 5", "Transfer-Encoding: chunked"]));
  if (chance(random, 0.3))
    headers.push(
      pick(random, [
        "Connection: close",
        "Connection: keep-alive",
        "Keep-Alive: timeout=5",
        "Connection: Upgrade",
      ]),
    );
  if (chance(random, 0.1)) headers.push(pick(random, oddHeaders));
  headers.sort(() => random() - 0.5);
  text += headers.map((line) => line + nl()).join("") + nl();
  if (chunked || chance(random, 0.05)) return text + chunksOf(random);
  return text + dataOf(random, between(random, 0, 80));
}

const codings = [
  "Chunked",
  "chunked ",
  "gzip, chunked",
  "chunked, gzip",
  "identity",
  "chunked, chunked",
  "",
  "chun\r\n ked",
  "CHUNKED",
  "xchunked",
];

const oddHeaders = [
  "Content-Encoding: identity",
  "Content-Encoding: unknown",
  "X: \r\n folded",
  "X : space",
  "X:",
  ": none",
  "X: a\rb",
  "X: a\nY: b",
  "X: \u0000",
  `X: ${"x".repeat(5000)}`,
  "Trailer: X",
  "Upgrade: h2c",
  "\r",
  "X",
];

function dataOf(random: Random, length: number): string {
  let text = "";
  while (text.length < length)
    text += pick(random, [
      "data: x\n",
      "\n\n",
      "\r\n\r\n",
      "5\r\n",
      "0\r\n\r\n",
      "é",
      "abc",
      "HTTP/1.1 200 OK\r\n\r\n",
    ]);
  return text.slice(0, length);
}

function chunksOf(random: Random): string {
  const wrong = chance(random, 0.3) ? 0.1 : 0;
  let text = "";
  for (let count = between(random, 0, 6); count > 0; count--) {
    const length = chance(random, 0.05) ? between(random, 100, 9000) : between(random, 1, 40);
    text += chunkOf(random, dataOf(random, length), wrong);
  }
  if (chance(random, 0.25)) return text;
  if (chance(random, 0.8)) return `${text}0\r\n\r\n`;
  const last = pick(random, ["0", "00", "000000000000", "0;last", "0 "]);
  const trailers = pick(random, [
    "",
    "X: y\r\n",
    "X: y\r\nZ: \r\n",
    "bad\r\n",
    "X: y\n",
    "Content-Length: 3\r\n",
  ]);
  return `${text}${last}\r\n${trailers}${pick(random, ["\r\n", "\n", "", "\rX"])}`;
}

function chunkOf(random: Random, data: string, wrong: number): string {
  const hex = data.length.toString(16);
  if (!chance(random, wrong))
    return `${chance(random, 0.1) ? `0${hex}`.toUpperCase() : hex}\r\n${data}\r\n`;
  const size = pick(random, [
    hex,
    hex,
    hex,
    `${hex};a=b`,
    `${hex};"q;\r\n"`,
    ` ${hex}`,
    `${hex} `,
    `0000000${hex}`,
    `00000000000000${hex}`,
    `${hex}0`,
    (data.length - 1).toString(16),
    (data.length + 1).toString(16),
    "ffffffff",
    "fffffffffffffffff",
    "-1",
    "g",
    "",
    `0x${hex}`,
    `+${hex}`,
    `${hex},`,
  ]);
  const ends = [
    "\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    "",
    "\r\r\n",
    "x\r\n",
    "\n\r\n",
    " \r\n",
    "\r\n\r\n",
  ];
  return `${size}${pick(random, ends)}${data}${pick(random, ends)}`;
}

function mutated(random: Random, text: string): string {
  for (let times = between(random, 1, 3); times > 0 && text.length > 0; times--) {
    const at = between(random, 0, text.length - 1);
    const put = pick(random, [
      "",
      "\r",
      "\n",
      "0",
      "f",
      ";",
      " ",
      ":",
      "\u0000",
      "\u00ff",
      text.slice(at, at + 9),
    ]);
    text = text.slice(0, at) + put + text.slice(at + between(random, 0, 2));
  }
  return text;
}

/** Cut at places of chance, or byte by byte. */
function cut(random: Random, bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const often = chance(random, 0.05) ? 1 : pick(random, [8, 40, 200, 10_000]);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + between(random, 1, often));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
