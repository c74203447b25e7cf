import path from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** A directory with a kustomization.yaml below manifests/. */
export type Kustomization =
  | "base"
  | `overlays/${"deployment" | "kourier"}`
  | `components/${"cert-manager" | "monitoring"}`;

/** Path of a kustomization, for `kubectl -k`. */
export function manifestsPath(name: Kustomization): string {
  return path.join(import.meta.dirname, "../../manifests", name);
}

/** An object of the manifests; what it has besides metadata depends on its kind. */
export interface Manifest extends KubernetesObject {
  readonly [field: string]: unknown;
}

/** What `kubectl kustomize` makes of a directory, as text. */
export async function renderText(
  { kubectl }: Pick<ControlPlane, "kubectl">,
  directory: string,
): Promise<string> {
  const { stdout, stderr, exitCode } = await kubectl(["kustomize", directory]);
  if (exitCode !== 0 || stderr !== "")
    throw new Error(`kubectl kustomize ${directory}: ${stderr}`);
  return stdout;
}

/** What `kubectl kustomize` makes of a directory, object by object. */
export async function render(
  controlPlane: Pick<ControlPlane, "kubectl">,
  directory: string,
): Promise<Manifest[]> {
  const text = await renderText(controlPlane, directory);
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
