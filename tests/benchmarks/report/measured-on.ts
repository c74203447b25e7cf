import type { Circumstances } from "../measure/circumstances.ts";
import { figure } from "./numbers.ts";

/** Such as `on 2026-11-26 in 3 rounds, on 2 cores of AMD EPYC, with a load of 0.25 at the start; Kubernetes v1.36.3, Node.js 26.10.0`. */
export function measuredOn({
  date,
  load,
  machine,
  rounds,
  versions,
}: Circumstances & { readonly rounds?: number }): string {
  const many = rounds === undefined ? "" : ` in ${roundsText(rounds)}`;
  return `on ${date}${many}, on ${machine.cores} cores of ${machine.cpu}, with a load of ${figure(load)} at the start; Kubernetes ${versions.kubernetes}, Node.js ${versions.node}`;
}

/** Such as `3 rounds`. */
export function roundsText(rounds: number): string {
  return rounds === 1 ? "1 round" : `${rounds} rounds`;
}
