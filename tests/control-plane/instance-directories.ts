import { constants } from "node:fs";
import { access, mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const memoryDirectory = "/dev/shm";
/** etcd lays out 64 MB logs ahead and keeps up to five; the 64 MB that a container gets by default are too few. */
const memoryNeededBytes = 1024 ** 3;

/** Makes the two directories of one control plane: one for its files and logs, one for etcd's data. */
export async function makeInstanceDirectories(): Promise<{
  directory: string;
  dataDirectory: string;
}> {
  const prefix = "stateful-deployments-";
  return {
    directory: await mkdtemp(path.join(tmpdir(), prefix)),
    dataDirectory: await mkdtemp(
      path.join(
        (await memoryIsUsable()) ? memoryDirectory : tmpdir(),
        `${prefix}etcd-`,
      ),
    ),
  };
}

async function memoryIsUsable(): Promise<boolean> {
  try {
    await access(memoryDirectory, constants.W_OK);
    const { bavail, bsize } = await statfs(memoryDirectory);
    return bavail * bsize > memoryNeededBytes;
  } catch {
    return false;
  }
}
