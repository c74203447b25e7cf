/** A claim's name is also a label value on the Pod, and both end at 63 characters. */
export const MAX_NAME_LENGTH = 63;

/** No vowels and no look-alikes, as in the names that Kubernetes itself makes: no accidental words, safe to read aloud. */
export const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

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

/**
 * True when `name` could be one that `readableName` gives for `volume`, a DNS label, whatever the Pod and the hash: all that is known
 * of a claim by a Pod alone. The early-feedback policy has the same rule.
 */
export function hasReadableForm(name: string, volume: string): boolean {
  const isLong = volume.length > MAX_VOLUME_PART;
  // As much of a long volume name as no Pod's name takes the place of, without dashes at its end.
  const [part = ""] =
    /^[-a-z0-9]{0,23}[a-z0-9]/.exec(volume.slice(0, MAX_VOLUME_PART)) ?? [];
  const form = `^[a-z0-9][-a-z0-9]*-${part}${isLong ? "[-a-z0-9]*" : ""}-[${ALPHABET}]{${HASH_LENGTH}}$`;
  return name.length <= MAX_NAME_LENGTH && new RegExp(form).test(name);
}

/** A Pod's name may hold dots and a generateName ends in a dash; a DNS label has neither at its ends. */
function labelPart(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .replace(/^-+/, "")
    .replace(/-+$/, "");
}
