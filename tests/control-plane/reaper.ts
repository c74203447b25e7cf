import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Lives as long as this process and not a moment longer: its standard input is a pipe from here, which the kernel
 * closes however this process ends, SIGKILL included. Lines are `+<process group>` and `-<process group>`; at the end
 * of input it kills the groups that are left and removes the directories it was started with.
 *
 * The host-path provisioner writes below /tmp/hostpath_pv whatever its flags are, so the paths that were given out are
 * read back from the first directory, etcd's data, and removed too (`rmdir`: fake kubelets never write there).
 */
const script = `
groups=" "
while read -r line; do
  case $line in
    +*) groups="$groups\${line#+} " ;;
    -*) group=\${line#-}; case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
if [ -d "$1" ] && [ -d /tmp/hostpath_pv ]; then
  LC_ALL=C grep -raohE '/tmp/hostpath_pv/[0-9a-f-]{36}' "$1" | sort -u | xargs rmdir 2>/dev/null
fi
for try in 1 2 3 4 5; do
  rm -rf -- "$@" 2>/dev/null && break
  sleep 1
done
`;

/** Kills process groups and removes directories when this process ends, in any way, or on request. */
export interface Reaper {
  watch(processGroup: number): void;
  forget(processGroup: number): void;
  /** Does its work now. Resolves when the groups are killed and the directories are gone. */
  end(): Promise<void>;
}

/** Starts a reaper for `directories`; the first is searched for paths of host-path volumes before it is removed. */
export function startReaper(directories: readonly string[]): Reaper {
  const child = spawn("/bin/sh", ["-c", script, "reaper", ...directories], {
    // A group of its own: Ctrl-C at a terminal goes to the foreground group, and the reaper has to outlive that.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
  });
  const exited = once(child, "exit");
  const { stdin } = child;
  // A reaper that was killed by hand must not take the caller down with EPIPE.
  stdin.on("error", () => undefined);
  child.unref();
  return {
    watch: (processGroup) => void stdin.write(`+${processGroup}\n`),
    forget: (processGroup) => void stdin.write(`-${processGroup}\n`),
    async end() {
      child.ref();
      stdin.end();
      await exited;
    },
  };
}
