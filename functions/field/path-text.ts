import { quoted } from "../contract/printable.ts";
import type { PathStep } from "./problem.ts";

/** `spec.template`, `spec.volumes[0]`, `metadata.labels["example.com/team"]`. */
export function pathText(path: readonly PathStep[]): string {
  return path.reduce<string>(
    (text, step) => text + (text === "" ? step : stepText(step)),
    "",
  );
}

function stepText(step: PathStep): string {
  if (typeof step === "number") return `[${step}]`;
  return /^[A-Za-z]\w*$/.test(step) ? `.${step}` : `[${quoted(step)}]`;
}
