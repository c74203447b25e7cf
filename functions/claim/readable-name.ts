/** A claim's name is also a label value on the Pod, and both end at 63 characters. */
export const MAX_NAME_LENGTH = 63;

/**
 * Ten letters of an alphabet of 27 are 47 bits: among a thousand claims of one namespace the chance of any collision
 * is about one in four hundred million, and a collision is refused, never shared.
 */
export const HASH_LENGTH = 10;

/** A long volume name gives way only after this many characters, so that the Pod's part stays readable too. */
const MAX_VOLUME_PART = 24;

/**
 * `<pod>-<volume>-<hash>`, a DNS label of at most 63 characters with a hash of the usual length. `podName` is the Pod's name or
 * generateName and serves the reader only.
 */
export function readableName(
  podName: string,
  volume: string,
  hash: string,
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
  return `${readable}-${hash}`;
}

/** A Pod's name may hold dots and a generateName ends in a dash; a DNS label has neither at its ends. */
function labelPart(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .replace(/^-+/, "")
    .replace(/-+$/, "");
}
