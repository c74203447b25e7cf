import { createHash } from "node:crypto";

/** A claim's name is also a label value on the Pod, and both end at 63 characters. */
const MAX_NAME_LENGTH = 63;

/**
 * Ten letters of an alphabet of 27 are 47 bits: among a thousand claims of one namespace the chance of any collision
 * is about one in four hundred million, and a collision is refused, never shared.
 */
const HASH_LENGTH = 10;

/** No vowels and no look-alikes, as in the names that Kubernetes itself makes: no accidental words, safe to read aloud. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A long volume name gives way only after this many characters, so that the Pod's part stays readable too. */
const MAX_VOLUME_PART = 24;

/**
 * Name of the claim that admission request `requestUid` makes for `volume`: `<pod>-<volume>-<hash>`, a DNS label of at most
 * 63 characters. The hash alone makes it unique and comes from request and volume, so that a request delivered twice
 * names the same claim. `podName` is the Pod's name or generateName and serves the reader only.
 */
export function claimName(
  podName: string,
  volume: string,
  requestUid: string,
): string {
  const room = MAX_NAME_LENGTH - HASH_LENGTH - 1;
  const owner = labelPart(podName);
  const volumePart = volume.slice(
    0,
    Math.max(MAX_VOLUME_PART, room - owner.length - 1),
  );
  const readable = labelPart(
    `${owner.slice(0, room - volumePart.length - 1)}-${volumePart}`,
  );
  return `${readable}-${nameHash(requestUid, volume)}`;
}

/** True when `name` ends in the hash of `requestUid` and `volume`: the form that no other program gives a claim by accident. */
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

/** A Pod's name may hold dots and a generateName ends in a dash; a DNS label has neither at its ends. */
function labelPart(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .replace(/^-+/, "")
    .replace(/-+$/, "");
}

function nameHash(requestUid: string, volume: string): string {
  const digest = createHash("sha256")
    .update(`${requestUid}/${volume}`)
    .digest();
  return Array.from(
    digest.subarray(0, HASH_LENGTH),
    (byte) => ALPHABET[byte % ALPHABET.length],
  ).join("");
}
