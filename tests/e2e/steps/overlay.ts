import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";

const manifests = path.join(import.meta.dirname, "../../../manifests");

export type Overlay = "kourier" | "deployment";

/** The images of this run, by their names in the manifests. */
export type Images = Readonly<
  Record<
    "stateful-deployments/function" | "stateful-deployments/janitor",
    string
  >
>;

/** The nodes have them; Knative asks no registry for names under `dev.local`. */
export const images: Images = {
  "stateful-deployments/function":
    process.env["E2E_FUNCTION_IMAGE"] ??
    "dev.local/stateful-deployments-function:e2e",
  "stateful-deployments/janitor":
    process.env["E2E_JANITOR_IMAGE"] ??
    "dev.local/stateful-deployments-janitor:e2e",
};

/** Makes a directory for `kubectl apply -k`: an overlay of ours with the names of these images, and components. */
export async function overlayWithImages(
  name: Overlay,
  components: readonly "monitoring"[] = [],
): Promise<string> {
  // Kustomize accepts only relative paths, from the real directory.
  const directory = await realpath(
    await mkdtemp(path.join(tmpdir(), "stateful-deployments-overlay-")),
  );
  const relative = (place: string): string =>
    path.relative(directory, path.join(manifests, place));
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [relative(`overlays/${name}`)],
    components: components.map((component) =>
      relative(`components/${component}`),
    ),
    images: Object.entries(images).map(([from, to]) => {
      const tag = to.lastIndexOf(":");
      return {
        name: from,
        newName: to.slice(0, tag),
        newTag: to.slice(tag + 1),
      };
    }),
  };
  await writeFile(
    path.join(directory, "kustomization.yaml"),
    stringify(kustomization),
  );
  return directory;
}

/** Removes what `overlayWithImages` made. */
export async function removeOverlay(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
