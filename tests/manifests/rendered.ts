import { mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments, stringify } from "yaml";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** A directory with a kustomization.yaml below manifests/. */
export type Kustomization =
  | "base"
  | `overlays/${"deployment" | "kourier"}`
  | `components/${"cert-manager" | "monitoring" | "place"}`;

/** Path of a kustomization, for `kubectl -k`. */
export function manifestsPath(name: Kustomization): string {
  return path.join(import.meta.dirname, "../../manifests", name);
}

/**
 * Writes a kustomization as people have it, an overlay and components and maybe `more`, into a new directory below that of the
 * control plane, with `objects` of their own. An overlay may also be the absolute path of another kustomization. Returns its path.
 */
export async function kustomizationOf(
  { directory: parent }: Pick<ControlPlane, "directory">,
  overlay: Kustomization | `/${string}`,
  components: readonly Kustomization[],
  more: object = {},
  objects: readonly object[] = [],
): Promise<string> {
  const directory = await mkdtemp(path.join(parent, "mine-"));
  const from = (name: Kustomization | `/${string}`): string =>
    path.relative(directory, isAbsolute(name) ? name : manifestsPath(name));
  await writeFile(
    path.join(directory, "objects.yaml"),
    objects.map((object) => stringify(object)).join("---\n"),
  );
  await writeFile(
    path.join(directory, "kustomization.yaml"),
    stringify({
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      resources: [
        from(overlay),
        ...(objects.length > 0 ? ["objects.yaml"] : []),
      ],
      components: components.map(from),
      ...more,
    }),
  );
  return directory;
}

function isAbsolute(name: Kustomization | `/${string}`): name is `/${string}` {
  return path.isAbsolute(name);
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
