import { isDnsSubdomain } from "./names.ts";

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** True for a label key, `name` or `prefix/name`: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export function isLabelKey(text: string): boolean {
  const [name = "", prefix, ...more] = text.split("/").toReversed();
  return (
    name.length <= 63 &&
    NAME.test(name) &&
    (prefix === undefined || isDnsSubdomain(prefix)) &&
    more.length === 0
  );
}

/** True for an annotation key, which is a label key whose prefix may have capitals. */
export function isAnnotationKey(text: string): boolean {
  return isLabelKey(text.toLowerCase());
}

/** True for a label value; it may be empty. */
export function isLabelValue(text: string): boolean {
  return text === "" || (text.length <= 63 && NAME.test(text));
}
