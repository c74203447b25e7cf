import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { runProgram } from "../../control-plane/run-program.ts";

/** What a driver with this state directory has on this machine: files of volumes and snapshots, and loop devices. */
export async function disksOnNode(directory: string): Promise<string[]> {
  return [
    ...(await readdir(path.join(directory, "volumes"))),
    ...(await readdir(path.join(directory, "snapshots"))),
    ...(await loopDevicesBelow(directory)),
  ];
}

/** Unmounts all below a directory and detaches its loop devices, so that it can be removed. Throws, with the output, if one stays. */
export async function releaseBelow(directory: string): Promise<void> {
  for (const mount of await mountsBelow(directory)) await run("umount", mount);
  for (const device of await loopDevicesBelow(directory))
    await run("losetup", "--detach", device);
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { stderr, exitCode } = await runProgram(program, args);
  if (exitCode !== 0)
    throw new Error(`${program} ${args.join(" ")}: ${stderr.trim()}`);
}

/** Places where something is mounted below a directory: the deepest first, and of several mounts at one place each. */
export async function mountsBelow(directory: string): Promise<string[]> {
  const text = await readFile("/proc/self/mountinfo", "utf8");
  return text
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((place) => place.startsWith(`${directory}/`))
    .toSorted()
    .toReversed();
}

async function loopDevicesBelow(directory: string): Promise<string[]> {
  const devices = (await readdir("/sys/block")).filter((name) =>
    name.startsWith("loop"),
  );
  const files = await Promise.all(
    devices.map(async (name) => {
      const file = path.join("/sys/block", name, "loop/backing_file");
      // A device without a file has none of this name.
      const backing = await readFile(file, "utf8").catch(() => "");
      return backing.startsWith(`${directory}/`) ? [`/dev/${name}`] : [];
    }),
  );
  return files.flat();
}
