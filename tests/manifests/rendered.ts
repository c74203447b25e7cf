import { mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import type {
  KubernetesObject,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { parseAllDocuments, stringify } from "yaml";
import { findBinaries } from "../control-plane/binaries.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { runKubectl } from "../control-plane/kubectl.ts";
import { startTimeoutMs } from "../support/shared-control-plane.ts";
import { skipWithoutPrograms } from "./installed-cluster.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A directory with a kustomization.yaml below manifests/. */
export type Kustomization =
  | "base"
  | `overlays/${"deployment" | "kourier"}`
  | `components/${"cert-manager" | "monitoring" | "place"}`;

export const OVERLAYS = ["overlays/kourier", "overlays/deployment"] as const;

/** The components that can come in any order. */
export const COMPONENTS = [
  "components/cert-manager",
  "components/monitoring",
] as const;

/** Path of a kustomization, for `kubectl -k`. */
export function manifestsPath(name: Kustomization): string {
  return path.join(import.meta.dirname, "../../manifests", name);
}

/** Writes the component's setting into a kustomization. */
export function placedAt(namespace: string, gateway: string): object {
  const literals = [`namespace=${namespace}`, `gateway=${gateway}`];
  return { configMapGenerator: [{ name: "place", literals }] };
}

/** Where kubectl runs, and where kustomizations are written. */
export type Kubectl = Pick<ControlPlane, "directory" | "kubectl">;

/** For a suite that renders manifests, without a control plane. */
export function kustomize(): Kubectl {
  const suite = {} as { -readonly [key in keyof Kubectl]: Kubectl[key] };
  before(async function () {
    this.timeout(startTimeoutMs);
    await skipWithoutPrograms(this);
    const program = (await findBinaries()).path("kubectl");
    const directory = temporaryDirectory();
    suite.directory = directory;
    suite.kubectl = (args) => runKubectl(program, directory, args, {});
  });
  return suite;
}

/**
 * Writes the kustomization of a user: an overlay, components, maybe `more` fields and `objects` of their own. The overlay may also be
 * the absolute path of another kustomization. Returns the path of its directory.
 */
export async function kustomizationOf(
  { directory: parent }: Pick<Kubectl, "directory">,
  overlay: Kustomization | `/${string}`,
  components: readonly Kustomization[] = [],
  more: object = {},
  objects: readonly object[] = [],
): Promise<string> {
  const directory = await mkdtemp(path.join(parent, "mine-"));
  const from = (name: string): string =>
    path.relative(
      directory,
      path.isAbsolute(name) ? name : manifestsPath(name as Kustomization),
    );
  await writeFile(
    path.join(directory, "objects.yaml"),
    objects.map((object) => JSON.stringify(object)).join("\n---\n"),
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

/** An object of the manifests; what it has besides metadata depends on its kind. */
export interface Manifest extends KubernetesObject {
  readonly [field: string]: unknown;
}

/** What `kubectl kustomize` prints for a directory. */
export async function renderText(
  { kubectl }: Pick<Kubectl, "kubectl">,
  directory: string,
): Promise<string> {
  const { stdout, stderr, exitCode } = await kubectl(["kustomize", directory]);
  if (exitCode !== 0 || stderr !== "")
    throw new Error(`kubectl kustomize ${directory}: ${stderr}`);
  return stdout;
}

/** The objects that `kubectl kustomize` prints for a directory. */
export async function render(
  kubectl: Pick<Kubectl, "kubectl">,
  directory: string,
): Promise<Manifest[]> {
  const text = await renderText(kubectl, directory);
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

type Parts =
  Parameters<typeof kustomizationOf> extends [unknown, ...infer Rest]
    ? Rest
    : never;

const renderedBefore = new Map<string, Promise<Manifest[]>>();

/** The objects of a kustomization with these parts. kubectl renders the same parts only once. */
export async function renderOf(
  kubectl: Kubectl,
  ...parts: Parts
): Promise<Manifest[]> {
  const key = JSON.stringify(parts);
  const manifests =
    renderedBefore.get(key) ??
    kustomizationOf(kubectl, ...parts).then((directory) =>
      render(kubectl, directory),
    );
  renderedBefore.set(key, manifests);
  return structuredClone(await manifests);
}

/** The object of this kind and name. Throws if there is none. */
export function find(
  manifests: readonly Manifest[],
  kind: string,
  name: string,
): object {
  const found = manifests.find(
    (one) => one.kind === kind && one.metadata?.name === name,
  );
  if (!found) throw new Error(`no ${kind} ${name} in the manifests`);
  return found;
}

/** The Pod templates of our workloads. */
export function podTemplates(
  manifests: readonly Manifest[],
): V1PodTemplateSpec[] {
  return manifests.flatMap((one) => {
    const spec = one["spec"] as
      | {
          template?: V1PodTemplateSpec;
          jobTemplate?: { spec: { template: V1PodTemplateSpec } };
        }
      | undefined;
    return spec?.jobTemplate?.spec.template ?? spec?.template ?? [];
  });
}
