// The certificate library needs this polyfill before it.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;
const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority made on the spot. */
export class Authority {
  readonly #root: X509Certificate;
  readonly #keys: CryptoKeyPair;
  #serial = 1;

  private constructor(root: X509Certificate, keys: CryptoKeyPair) {
    this.#root = root;
    this.#keys = keys;
  }

  static async create(name = "Test CA"): Promise<Authority> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const root = await X509CertificateGenerator.createSelfSigned({
      serialNumber: "01",
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Date.now() + 30 * day),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new BasicConstraintsExtension(true, 1, true)],
    });
    return new Authority(root, keys);
  }

  /** What a client trusts. */
  get ca(): string {
    return this.#root.toString("pem");
  }

  /** A server's or a client's certificate; `validDays` below zero has expired. */
  async issue(
    options: { readonly hosts?: readonly string[]; readonly validDays?: number } = {},
  ): Promise<Identity> {
    const { hosts = ["localhost"], validDays = 1 } = options;
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const names = hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value }) as const);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: `0${++this.#serial}`,
      subject: `CN=${hosts[0]}`,
      issuer: this.#root.subject,
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() + validDays * day),
      signingKey: this.#keys.privateKey,
      publicKey: keys.publicKey,
      signingAlgorithm: algorithm,
      extensions: [
        new SubjectAlternativeNameExtension(names),
        new ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      ],
    });
    const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
    return { cert: certificate.toString("pem"), key: PemConverter.encode(key, "PRIVATE KEY") };
  }
}
