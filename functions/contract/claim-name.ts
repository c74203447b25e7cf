import { hash } from "node:crypto";
import {
  ALPHABET,
  HASH_LENGTH,
  MAX_NAME_LENGTH,
  readableName,
} from "./readable-name.ts";

/**
 * Name of the claim for `volume` of a Pod in admission request `requestUid`. The hash alone makes it unique. It comes from request
 * and volume, so a request that is delivered twice gives the same name.
 */
export function claimName(
  podName: string,
  volume: string,
  requestUid: string,
): string {
  return readableName(podName, volume, nameHash(requestUid, volume));
}

/** True when `name` ends in the hash of `requestUid` and `volume`. No other program gives a claim such a name by accident. */
export function hasClaimNameForm(
  name: string,
  volume: string,
  requestUid: string,
): boolean {
  return (
    name.length <= MAX_NAME_LENGTH &&
    name.endsWith(`-${nameHash(requestUid, volume)}`)
  );
}

/** Hash of a pool, the label by which its claims are found: readable, and as unique as the hash in a claim's name. */
export function poolHash(identity: string): string {
  return letters(identity);
}

function nameHash(requestUid: string, volume: string): string {
  return letters(`${requestUid}/${volume}`);
}

/** The first letters of the SHA-256 digest of the text, in our alphabet. */
function letters(text: string): string {
  const digest = hash("sha256", text, "buffer");
  return Array.from(
    digest.subarray(0, HASH_LENGTH),
    (byte) => ALPHABET[byte % ALPHABET.length],
  ).join("");
}
