import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];
process.once("exit", () => {
  for (const directory of made)
    rmSync(directory, { recursive: true, force: true });
});

/** Makes a directory that goes with this process. Returns its path. */
export function temporaryDirectory(prefix = "stateful-deployments-"): string {
  const directory = mkdtempSync(join(tmpdir(), prefix));
  made.push(directory);
  return directory;
}
