import { bytes, message, row, says, type ExpectedEvent, type Row } from "../row.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const large = true;

const ascii = "0123456789abcdef".repeat(MiB / 16);
const emoji = "😀".repeat((5 * MiB) / 4);
const mixed = "aé€😀".repeat(Math.floor(MiB / 10));
const lines = Array.from({ length: 16 * KiB }, (_, i) => `line ${i} `.padEnd(64, "."));
const id = "i".repeat(64 * KiB);

const many = (count: number, event: (index: number) => ExpectedEvent): ExpectedEvent[] =>
  Array.from({ length: count }, (_, index) => event(index));

/** Long lines, long blocks, long streams: nothing may be lost, and nothing may take quadratic time. */
export const largeStreams: readonly Row[] = [
  row("1 MB on one line", says.data, `data: ${ascii}\n\n`, [message(ascii)], { large }),
  row("5 MB on one line", says.data, `data: ${ascii.repeat(5)}\n\n`, [message(ascii.repeat(5))], {
    large,
  }),
  row("5 MB of four-byte characters", says.decode, `data: ${emoji}\n\n`, [message(emoji)], {
    large,
  }),
  row(
    "1 MB of characters of every length, CRLF",
    says.decode,
    `data:${mixed}\r\n\r\n`,
    [message(mixed)],
    { large },
  ),
  row(
    "1 MB on 16384 lines",
    says.data,
    `${lines.map((line) => `data: ${line}\n`).join("")}\n`,
    [message(lines.join("\n"))],
    { large },
  ),
  row(
    "1 MB on 16384 lines that end with CR",
    says.lines,
    `${lines.map((line) => `data: ${line}\r`).join("")}\r`,
    [message(lines.join("\n"))],
    { large },
  ),
  row(
    "65536 empty data lines",
    says.lastLineFeed,
    `${"data\n".repeat(64 * KiB)}\n`,
    [message("\n".repeat(64 * KiB - 1))],
    { large },
  ),
  row(
    "1 MB of invalid bytes",
    says.decode,
    bytes("data: ", new Uint8Array(MiB).fill(0xff), "\n\n"),
    [message("\uFFFD".repeat(MiB))],
    { large },
  ),
  row(
    "1 MB of leads, each cut short",
    says.decode,
    bytes("data: ", new Uint8Array(MiB).fill(0xf0), "\n\n"),
    [message("\uFFFD".repeat(MiB))],
    { large },
  ),
  row(
    "an id and a type of 64 KiB",
    says.id,
    `id: ${id}\nevent: ${id}\ndata: a\n\ndata: b\n\n`,
    [message("a", { id, type: id }), message("b", { lastEventId: id })],
    { large },
  ),
  row("a comment of 1 MB", says.comment, `: ${ascii}\ndata: a\n\n`, [message("a")], {
    large,
    comments: [ascii],
  }),
  row("an unknown field of 1 MB", says.other, `foo: ${ascii}\ndata: a\n\n`, [message("a")], {
    large,
  }),
  row("a field name of 1 MB", says.other, `${ascii}\ndata: a\n\n`, [message("a")], { large }),
  row("1 MB that never ends", says.end, `data: a\n\ndata: ${ascii}`, [message("a")], { large }),
  row("256 KiB of LF", says.noData, `${"\n".repeat(256 * KiB)}data: a\n\n`, [message("a")], {
    large,
  }),
  row("256 KiB of CR", says.noData, `${"\r".repeat(256 * KiB)}data: a\r\r`, [message("a")], {
    large,
  }),
  row(
    "256 KiB of CRLF",
    says.noData,
    `${"\r\n".repeat(128 * KiB)}data: a\r\n\r\n`,
    [message("a")],
    {
      large,
    },
  ),
  row(
    "50000 tiny events",
    says.clear,
    "data\n\n".repeat(50_000),
    many(50_000, () => message("")),
    { large },
  ),
  row(
    "20000 events with ids, CRLF",
    says.sticky,
    many(20_000, (i) => message(`${i}`, { id: `${i}` }))
      .map(({ data }) => `id: ${data}\r\ndata: ${data}\r\n\r\n`)
      .join(""),
    many(20_000, (i) => message(`${i}`, { id: `${i}` })),
    { large },
  ),
  row(
    "50000 keep-alive comments",
    says.comment,
    `${":\n\n".repeat(50_000)}data: a\n\n`,
    [message("a")],
    { large, comments: Array.from({ length: 50_000 }, () => "") },
  ),
];
