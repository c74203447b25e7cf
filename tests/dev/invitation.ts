import type { ControlPlane } from "../control-plane/control-plane.ts";
import { janitorFlags } from "./typed-commands.ts";

/** What can be done while the loop is up. `sources` and `port` are the function's. */
export function invitation(
  {
    binaries,
    directory,
    kubeconfigPath,
  }: Pick<ControlPlane, "binaries" | "directory" | "kubeconfigPath">,
  sources: string,
  port: number,
): string {
  return `
Up until Ctrl-C. Whatever changes below ${sources} is running a second later.

In another terminal:

  export KUBECONFIG=${kubeconfigPath}
  export PATH=${binaries.directory}:$PATH     where there is no kubectl of your own
  kubectl apply -f examples/disk-cache.yaml
  kubectl get pods,persistentvolumeclaims
  npm run --silent janitor -- ${janitorFlags.join(" ")}

Here, with Enter: j lets the janitor sweep like that, j --dry-run only looks. The function is at
https://127.0.0.1:${port} (/metrics); what it logs follows, and all other logs are in ${directory}/logs.
`;
}
