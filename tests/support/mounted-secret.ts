import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import type { KubeConfig } from "@kubernetes/client-node";
import { eventually } from "./eventually.ts";

/** Far more often than the kubelet, so that tests need not wait. */
const INTERVAL_MS = 100;

/** The directory of a volume of type Secret. */
export interface MountedSecret {
  readonly directory: string;
  readonly unmount: () => void;
}

/**
 * Does what the kubelet does with a volume of type Secret: a file for each key in `directory`, all replaced in one
 * moment by the renaming of a symbolic link. Resolves when the Secret is there.
 */
export async function mountSecret(
  kubeConfig: KubeConfig,
  namespace: string,
  name: string,
  directory: string,
): Promise<MountedSecret> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  await mkdir(directory, { recursive: true });
  const data = join(directory, "..data");
  let mounted: string | undefined;

  const update = async (): Promise<boolean> => {
    const secret = await core.readNamespacedSecret({ namespace, name });
    const version = secret.metadata?.resourceVersion;
    if (version === undefined || version === mounted) return true;
    const target = join(directory, `..${version}`);
    await mkdir(target);
    for (const [key, value] of Object.entries(secret.data ?? {})) {
      await writeFile(join(target, key), Buffer.from(value, "base64"));
      if (mounted === undefined)
        await symlink(join("..data", key), join(directory, key));
    }
    await symlink(`..${version}`, `${data}_tmp`);
    await rename(`${data}_tmp`, data);
    if (mounted !== undefined)
      await rm(join(directory, `..${mounted}`), { recursive: true });
    mounted = version;
    return true;
  };

  await eventually(`Secret ${name} mounted`, update);
  let unmounted = false;
  const follow = async (): Promise<void> => {
    // A Secret that is gone for a moment stays mounted as it was, as with the kubelet.
    await update().catch(() => undefined);
    if (!unmounted) setTimeout(() => void follow(), INTERVAL_MS).unref();
  };
  void follow();
  return {
    directory,
    unmount: () => {
      unmounted = true;
    },
  };
}
