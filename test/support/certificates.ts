import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

/** A certificate and its key, in PEM as `node:tls` takes them. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Issued {
  /** The hosts it is good for. Default: `localhost` and 127.0.0.1. */
  readonly names?: readonly string[];
  /** Over since yesterday. */
  readonly expired?: boolean;
}

/** Someone who signs certificates, to be trusted by its own (`ca`). */
export interface Authority extends Certificate {
  issue(options?: Issued): Certificate;
}

/** Makes an authority for one test. Node reads certificates but makes none, and not every machine has an openssl. */
export function createAuthority(name = "Steadfeed tests"): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const isAuthority = extension("551d13", sequence(der(0x01, bytes("ff"))));
  return {
    cert: certify({
      subject: name,
      issuer: name,
      of: keys.publicKey,
      by: keys.privateKey,
      isAuthority,
    }),
    key: pemOf(keys.privateKey),
    issue({ names = ["localhost", "127.0.0.1"], expired = false } = {}) {
      const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const facts = { subject: names[0]!, issuer: name, of: own.publicKey, by: keys.privateKey };
      return { cert: certify({ ...facts, names, expired }), key: pemOf(own.privateKey) };
    },
  };
}

interface Facts extends Issued {
  readonly subject: string;
  readonly issuer: string;
  readonly of: KeyObject;
  readonly by: KeyObject;
  readonly isAuthority?: Uint8Array;
}

const dayMs = 86_400_000;

/** RFC 5280, 4.1: as much of a certificate as TLS asks for. */
function certify({ subject, issuer, of, by, isAuthority, names, expired = false }: Facts): string {
  const hosts = names && extension("551d11", sequence(...names.map(hostOf)));
  const algorithm = sequence(der(0x06, bytes("2a8648ce3d040302"))); // ecdsa-with-SHA256
  const now = Date.now();
  const content = sequence(
    der(0xa0, der(0x02, bytes("02"))), // version 3
    der(0x02, bytes("01"), randomBytes(8)),
    algorithm,
    nameOf(issuer),
    sequence(timeOf(now - 2 * dayMs), timeOf(expired ? now - dayMs : now + dayMs)),
    nameOf(subject),
    of.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...[isAuthority, hosts].filter((each) => each !== undefined))),
  );
  const signature = der(0x03, bytes("00"), sign("sha256", content, by));
  const base64 = Buffer.from(sequence(content, algorithm, signature)).toString("base64");
  const lines = base64.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

const bytes = (hex: string): Uint8Array => Buffer.from(hex, "hex");
const sequence = (...parts: Uint8Array[]): Uint8Array => der(0x30, ...parts);

/** X.690: a tag, a length, the content. */
function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...size), content]);
}

const extension = (id: string, value: Uint8Array): Uint8Array =>
  sequence(der(0x06, bytes(id)), der(0x04, value));

/** A common name. */
const nameOf = (name: string): Uint8Array =>
  sequence(der(0x31, sequence(der(0x06, bytes("550403")), der(0x0c, Buffer.from(name)))));

/** An IPv4 address, or a host's name. */
const hostOf = (name: string): Uint8Array =>
  /^[\d.]+$/.test(name)
    ? der(0x87, Uint8Array.from(name.split("."), Number))
    : der(0x82, Buffer.from(name));

/** YYMMDDHHMMSSZ */
const timeOf = (ms: number): Uint8Array =>
  der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/\D/g, "")}Z`));

const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }) as string;
