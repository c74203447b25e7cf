import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { TLS_CERT, TLS_KEY } from "../contract/keys.ts";
import { poll } from "./poll.ts";

/** A serving certificate with its chain and its key, both PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads `tls.crt` and `tls.key` of `directory`, the names that Kubernetes gives them in a TLS Secret.
 * @throws when a file is missing or the two do not belong together.
 */
export async function readServingCertificate(
  directory: string,
): Promise<ServingCertificate> {
  const [cert, key] = await Promise.all([
    readFile(join(directory, TLS_CERT), "utf8"),
    readFile(join(directory, TLS_KEY), "utf8"),
  ]);
  createSecureContext({ cert, key }); // throws for a half-written pair
  return { cert, key };
}

/**
 * Calls `onRenewed` for each new certificate in `directory`, and `onFailure` once for each reason why it cannot be used, until the
 * returned function is called.
 */
export function watchServingCertificate(
  directory: string,
  current: ServingCertificate,
  onRenewed: (certificate: ServingCertificate) => void,
  onFailure: (error: unknown) => void,
  intervalMs?: number,
): () => void {
  let known = current;
  let problem = "";
  return poll(() => {
    readServingCertificate(directory).then(
      (read) => {
        problem = "";
        if (read.cert === known.cert && read.key === known.key) return;
        known = read;
        onRenewed(read);
      },
      (error: unknown) => {
        if (String(error) === problem) return;
        problem = String(error);
        onFailure(error);
      },
    );
  }, intervalMs);
}
