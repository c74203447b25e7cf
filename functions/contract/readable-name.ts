/** A claim's name is also a label value on the Pod, and both end at 63 characters. */
export const MAX_NAME_LENGTH = 63;

/** No vowels and no look-alikes, as in the names that Kubernetes generates: no accidental words, safe to read aloud. */
export const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/**
 * Ten letters of an alphabet of 27 are 47 bits: among a thousand claims of one namespace the chance of any collision
 * is about one in four hundred million. A collision is rejected, and no two Pods share a claim.
 */
export const HASH_LENGTH = 10;

/** A long volume name is cut only after this many characters. The rest is for the name of the Pod. */
const MAX_VOLUME_PART = 24;

/**
 * `<pod>-<volume>-<hash>`, a DNS label of at most 63 characters with a hash of the usual length. `podName` is the Pod's name or
 * generateName; it is there for people.
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
 * True when `readableName` can give `name` for `volume`, a DNS label, with any Pod and hash. A copied Pod without labels shows
 * no more about its claim. The early-feedback policy has the same rule.
 */
export function hasReadableForm(name: string, volume: string): boolean {
  const isLong = volume.length > MAX_VOLUME_PART;
  // The part of a long volume name that is never cut, without dashes at its end.
  const [part = ""] =
    /^[-a-z0-9]{0,23}[a-z0-9]/.exec(volume.slice(0, MAX_VOLUME_PART)) ?? [];
  const form = `^[a-z0-9][-a-z0-9]*-${part}${isLong ? "[-a-z0-9]*" : ""}-[${ALPHABET}]{${HASH_LENGTH}}$`;
  return name.length <= MAX_NAME_LENGTH && new RegExp(form).test(name);
}

/** Replaces the dots of a Pod's name and cuts the dash at the end of a generateName: a DNS label may have neither. */
function labelPart(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .replace(/^-+/, "")
    .replace(/-+$/, "");
}
