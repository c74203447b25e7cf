import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration } from "../../functions/contract/duration.ts";
import { runJanitor } from "./janitor-process.ts";
import type { Stage } from "./stage.ts";

/** Between creating a claim and storing its Pod lie milliseconds here; this leaves room for a slow machine. */
const gracePeriod = "10s";
const flags = [`--grace-period=${gracePeriod}`, "--unsafe-grace-period"];

/** Says what can be tried, then sweeps every `intervalMs` milliseconds, a line each, until `signal` is aborted. */
export async function stayUp(
  stage: Stage,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  invite(stage, intervalMs);
  const { children, controlPlane, screen } = stage;
  while (!signal.aborted) {
    // Rejects when the signal is aborted: the loop then ends.
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const { exitCode, stderr, stdout } = await runJanitor(
      children,
      controlPlane.kubeconfigPath,
      flags,
    );
    const time = new Date().toTimeString().slice(0, 8);
    const summary = stdout.trimEnd().split("\n").at(-1);
    screen.line(
      `${time}  ${exitCode === 0 ? summary : `the janitor ended with exit code ${exitCode}: ${stderr.trimEnd()}`}`,
    );
  }
}

function invite(
  { controlPlane, screen, admission }: Stage,
  intervalMs: number,
): void {
  const { directory } = controlPlane.binaries;
  screen.line();
  for (const line of [
    "All of it stays up until Ctrl-C. In another terminal:",
    "",
    `  export KUBECONFIG=${controlPlane.kubeconfigPath}`,
    ...(isOnPath("kubectl") ? [] : [`  export PATH=${directory}:$PATH`]),
    "  kubectl scale -n disk-cache deployment/build-cache --replicas=5",
    "  kubectl get pods,persistentvolumeclaims -n disk-cache",
    "  kubectl apply -f examples/refused/pod.yaml",
    "  kubectl drain node-1 --pod-selector=app=model-server     and then: kubectl uncordon node-1",
    "  kubectl delete namespace postgres",
    "",
    `The janitor sweeps every ${formatDuration(intervalMs)} and spares claims younger than ${gracePeriod}, where 5m is the default. The function`,
    `is at ${new URL(admission.url).origin} (/metrics); all logs are in ${controlPlane.directory}/logs.`,
    "",
  ])
    screen.line(line);
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
