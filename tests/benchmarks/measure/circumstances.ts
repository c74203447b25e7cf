import { cpus, loadavg } from "node:os";
import { findBinaries } from "../../control-plane/binaries.ts";
import { runProgram } from "../../control-plane/run-program.ts";

/** Where and when something is measured. */
export interface Circumstances {
  /** Such as `2026-11-26`. */
  readonly date: string;
  readonly machine: { readonly cores: number; readonly cpu: string };
  readonly versions: { readonly node: string; readonly kubernetes: string };
  /** Programs that wanted to run in the minute before, on average. */
  readonly load: number;
}

/** The circumstances at this moment: ask before the measurement is itself a load. `kubernetes` is a version such as `v1.36.3`. */
export function circumstancesWith(kubernetes: string): Circumstances {
  const [load = 0] = loadavg();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cores: cpus().length,
      cpu: cpus()[0]?.model.trim() ?? process.arch,
    },
    versions: { node: process.versions.node, kubernetes },
    load,
  };
}

/** The same for a measurement on the control planes of the tests. */
export async function circumstances(): Promise<Circumstances> {
  const binaries = await findBinaries();
  const { stdout } = await runProgram(binaries.path("kube-apiserver"), [
    "--version",
  ]);
  return circumstancesWith(stdout.trim().replace("Kubernetes ", ""));
}
