import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { Extension } from "@peculiar/x509";
import { x509 } from "./x509.ts";

/** A certificate and its private key, both PEM; the key is PKCS #8. */
export interface KeyAndCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Who a client certificate says its bearer is: the API server reads CN as user and O as groups. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** A certificate authority that lives as long as one control plane. */
export interface CertificateAuthority {
  readonly certificate: KeyAndCertificate;
  /** A certificate that serves TLS under these DNS names or IP addresses. */
  serving(names: readonly string[]): Promise<KeyAndCertificate>;
  client(identity: Identity): Promise<KeyAndCertificate>;
}

const algorithm = {
  name: "ECDSA",
  namedCurve: "P-256",
  hash: "SHA-256",
} as const;

/** A clock that is a little behind must not find the certificate "not yet valid". */
const backdateMs = 60 * 60 * 1000;
/** Longer than anybody keeps a test control plane up, shorter than what TLS libraries reject (825 days). */
const lifetimeMs = 365 * 24 * 60 * 60 * 1000;

export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const name = `CN=stateful-deployments-test-${randomBytes(4).toString("hex")}`;
  const keys = await generateKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    ...validity(),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.cRLSign |
          x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  const issue = async (
    subject: { CN: string; O: readonly string[] },
    extensions: Extension[],
  ): Promise<KeyAndCertificate> => {
    const leafKeys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: [
        { CN: [subject.CN] },
        ...subject.O.map((group) => ({ O: [group] })),
      ],
      issuer: name,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      ...validity(),
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...extensions,
      ],
    });
    return {
      cert: certificate.toString("pem"),
      key: await privateKeyPem(leafKeys.privateKey),
    };
  };

  return {
    certificate: {
      cert: root.toString("pem"),
      key: await privateKeyPem(keys.privateKey),
    },
    serving: (names) =>
      issue({ CN: names[0] ?? "localhost", O: [] }, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({
            type: isIP(value) === 0 ? "dns" : "ip",
            value,
          })),
        ),
      ]),
    client: (identity) =>
      issue({ CN: identity.user, O: identity.groups ?? [] }, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]),
  };
}

/** The key pair that signs and verifies ServiceAccount tokens, PEM. */
export async function createTokenKeys(): Promise<{
  publicKey: string;
  privateKey: string;
}> {
  const keys = await generateKeys();
  const spki = await webcrypto.subtle.exportKey("spki", keys.publicKey);
  return {
    publicKey: x509.PemConverter.encode(spki, x509.PemConverter.PublicKeyTag),
    privateKey: await privateKeyPem(keys.privateKey),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", key);
  return x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return {
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(now + lifetimeMs),
  };
}
