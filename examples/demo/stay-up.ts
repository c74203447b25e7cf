import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { line } from "./screen.ts";
import { runJanitor } from "./demo-context.ts";
import type { DemoContext } from "./demo-context.ts";

const sweepIntervalMs = 10_000;
/** A Pod is stored milliseconds after its claim was created; this leaves room for a slow machine. */
const flags = ["--grace-period=10s", "--unsafe-grace-period"];

/** Shows what the reader can try. Then sweeps again and again, with one line for each sweep, until a signal comes. */
export async function stayUp(context: DemoContext): Promise<void> {
  const interruption = new AbortController();
  const { signal } = interruption;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(name, () => interruption.abort());
  invite(context);
  while (!signal.aborted) {
    const { exitCode, stderr, stdout } = await runJanitor(context, flags);
    if (signal.aborted) return;
    const time = new Date().toTimeString().slice(0, 8);
    const summary = stdout.trimEnd().split("\n").at(-1);
    line(
      `${time}  ${exitCode === 0 ? summary : `the janitor ended with exit code ${exitCode}: ${stderr.trimEnd()}`}`,
    );
    await sleep(sweepIntervalMs, undefined, { signal }).catch(() => undefined);
  }
}

function invite({ controlPlane, admission }: DemoContext): void {
  const programs = controlPlane.binaries.directory;
  const hasKubectl = (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((directory) => existsSync(join(directory, "kubectl")));
  for (const text of [
    "",
    "All of it stays up until Ctrl-C. In another terminal:",
    "",
    `  export KUBECONFIG=${controlPlane.kubeconfigPath}`,
    ...(hasKubectl ? [] : [`  export PATH=${programs}:$PATH`]),
    "  kubectl scale -n disk-cache deployment/build-cache --replicas=5",
    "  kubectl get pods,persistentvolumeclaims -n disk-cache",
    "  kubectl apply -f examples/rejected/pod.yaml",
    "  kubectl drain node-1 --pod-selector=app=model-server     and then: kubectl uncordon node-1",
    "  kubectl delete namespace postgres",
    "",
    `The janitor sweeps every ${sweepIntervalMs / 1_000} s and keeps claims younger than 10 s; the default is 5 minutes. The function`,
    `listens at ${new URL(admission.url).origin} (/metrics). All logs are in ${controlPlane.directory}/logs.`,
    "",
  ])
    line(text);
}
