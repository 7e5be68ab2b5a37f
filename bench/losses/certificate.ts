import { generateKeyPairSync, sign } from "node:crypto";

const tag = {
  integer: 2,
  bits: 3,
  octets: 4,
  oid: 6,
  utf8: 12,
  utcTime: 23,
  sequence: 0x30,
  set: 0x31,
};

/** One value of ASN.1, in DER. */
function der(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(type, body.length), body]);
  return Buffer.concat([Buffer.of(type, 0x82, body.length >> 8, body.length & 255), body]);
}

const oid = (hex: string): Buffer => der(tag.oid, Buffer.from(hex, "hex"));
const ecdsaWithSha256 = der(tag.sequence, oid("2a8648ce3d040302"));
const commonName = oid("550403");
const subjectAltName = oid("551d11");

/** A key, and a self-signed certificate for `localhost`. Created again each time. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const host = Buffer.from("localhost");
  const name = der(tag.sequence, der(tag.set, der(tag.sequence, commonName, der(tag.utf8, host))));
  const time = (year: string): Buffer => der(tag.utcTime, Buffer.from(`${year}0101000000Z`));
  const names = der(tag.octets, der(tag.sequence, der(0x82, host)));
  const certificate = der(
    tag.sequence,
    der(0xa0, der(tag.integer, Buffer.of(2))),
    der(tag.integer, Buffer.of(1)),
    ecdsaWithSha256,
    name,
    der(tag.sequence, time("20"), time("49")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(tag.sequence, der(tag.sequence, subjectAltName, names))),
  );
  const signature = der(tag.bits, Buffer.of(0), sign("sha256", certificate, privateKey));
  const signed = der(tag.sequence, certificate, ecdsaWithSha256, signature);
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${signed.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}
