import path from "node:path";
import { kubectl } from "./cluster.ts";

const overlays = path.join(import.meta.dirname, "../../manifests/overlays");

export type Overlay = "kourier" | "deployment";

/** Which of all objects that an overlay installs exist, as `kubectl get --output=name` prints them. */
export async function installedOf(overlay: Overlay): Promise<string[]> {
  const manifests = await kubectl(["kustomize", path.join(overlays, overlay)]);
  const output = await kubectl(
    "get --filename=- --ignore-not-found --output=name",
    manifests,
  );
  return output.split("\n").filter((name) => name !== "");
}
