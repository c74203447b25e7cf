import type { PathStep } from "../pod/problem.ts";

/** `spec.template`, `spec.volumes[0]`. */
export function pathText(path: readonly PathStep[]): string {
  return path.reduce<string>(
    (text, step) =>
      typeof step === "number"
        ? `${text}[${step}]`
        : `${text}${text === "" ? "" : "."}${step}`,
    "",
  );
}
