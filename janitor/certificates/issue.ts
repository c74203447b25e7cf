import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { X509Certificate } from "@peculiar/x509";
import { PRODUCT } from "../../functions/contract/keys.ts";
import type { KeyPair } from "./decision/certificate.ts";

// The library needs reflect-metadata as soon as it is loaded.
await import("reflect-metadata");
const x509 = await import("@peculiar/x509");

/** Small, fast to sign with, and verified by every TLS library in use. */
const ALGORITHM = {
  name: "ECDSA",
  namedCurve: "P-256",
  hash: "SHA-256",
} as const;

/** The clocks of the API servers of one cluster may differ; a new certificate must be valid for each of them. */
const BACKDATE_MS = 60 * 60 * 1_000;

/** Validity in milliseconds since the epoch. */
export interface Validity {
  readonly now: number;
  readonly notAfter: number;
}

/** Creates a certificate authority with a key of its own. It can sign serving certificates and nothing else. */
export async function makeAuthority(validity: Validity): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Each has a name of its own: a client finds the issuer of a certificate by its name.
    name: [
      {
        CN: [`${PRODUCT} webhook CA ${randomBytes(4).toString("hex")}`],
      },
    ],
    serialNumber: serialNumber(),
    keys,
    ...dates(validity),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pemOf(certificate, keys.privateKey);
}

/** Issues a certificate that serves TLS under `names`, DNS names or IP addresses, with a new key. */
export async function issueServingCertificate(
  authority: KeyPair,
  names: readonly string[],
  validity: Validity,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    // Only the names in the extension count, and a name could be too long for this field.
    subject: [{ CN: [PRODUCT] }],
    issuer: issuer.subjectName,
    serialNumber: serialNumber(),
    publicKey: keys.publicKey,
    signingKey: await readSigningKey(authority.key),
    ...dates(validity),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({
          type: isIP(value) === 0 ? "dns" : "ip",
          value,
        })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return pemOf(certificate, keys.privateKey);
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** Node reads every form of a private key, web crypto only PKCS #8. */
async function readSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(pem).export({ format: "der", type: "pkcs8" });
  return await webcrypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, [
    "sign",
  ]);
}

async function pemOf(
  certificate: X509Certificate,
  key: webcrypto.CryptoKey,
): Promise<KeyPair> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", key);
  return {
    cert: `${certificate.toString("pem").trim()}\n`,
    key: `${x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag).trim()}\n`,
  };
}

/** 127 random bits: positive, as https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2 wants it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8() & 0x7f);
  return bytes.toString("hex");
}

function dates({ now, notAfter }: Validity): {
  notBefore: Date;
  notAfter: Date;
} {
  return {
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(notAfter),
  };
}
