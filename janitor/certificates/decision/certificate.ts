import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What the decisions need to know about a certificate. */
export interface Certificate {
  readonly pem: string;
  /** Fingerprint of the whole certificate. Equal fingerprints mean equal certificates. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  readonly isAuthority: boolean;
  /** DNS names and IP addresses that it serves, in the form of `canonicalName` and in order. */
  readonly names: readonly string[];
  /** True when it carries the signature of `authority`'s key. */
  readonly issuedBy: (authority: Certificate) => boolean;
  readonly publicKey: X509Certificate["publicKey"];
}

const PEM_CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads the first certificate of `pem`. Throws with the reason if it cannot be read. */
export function readCertificate(pem: string): Certificate {
  const [first] = pem.match(PEM_CERTIFICATE) ?? [];
  if (first === undefined) throw new TypeError("holds no certificate");
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(first);
  } catch {
    throw new TypeError("holds a broken certificate");
  }
  return {
    pem: `${first}\n`,
    fingerprint: parsed.fingerprint256,
    notAfter: Date.parse(parsed.validTo),
    isAuthority: parsed.ca,
    names: namesOf(parsed),
    issuedBy: ({ pem: issuer, publicKey }) =>
      parsed.checkIssued(new X509Certificate(issuer)) &&
      parsed.verify(publicKey),
    publicKey: parsed.publicKey,
  };
}

/** Reads a certificate that belongs to `key`. Throws with the reason if one of the two is broken or they do not match. */
export function readKeyPair({ cert, key }: KeyPair): Certificate {
  const certificate = readCertificate(cert);
  let matches: boolean;
  try {
    matches = new X509Certificate(certificate.pem).checkPrivateKey(
      createPrivateKey(key),
    );
  } catch {
    throw new TypeError("holds a broken private key");
  }
  if (!matches)
    throw new TypeError("holds a private key of another certificate");
  return certificate;
}

/** The certificates of a bundle, each once. One that cannot be read is left out: no API server trusts it. */
export function readBundle(pem: string): Certificate[] {
  const found = new Map<string, Certificate>();
  for (const one of pem.match(PEM_CERTIFICATE) ?? []) {
    try {
      const certificate = readCertificate(one);
      found.set(certificate.fingerprint, certificate);
    } catch {
      continue;
    }
  }
  return [...found.values()];
}

/** One form for each name: lower case, and IPv6 addresses as short as they can be. */
export function canonicalName(name: string): string {
  return isIPv6(name)
    ? new URL(`http://[${name}]`).hostname.slice(1, -1)
    : name.toLowerCase();
}

/** Node gives the alternative names as `DNS:a.example, IP Address:127.0.0.1`. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,]+)/g)]
    .map(([, name]) => canonicalName(name ?? ""))
    .toSorted();
}
