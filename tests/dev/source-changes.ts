import { EventEmitter, once } from "node:events";
import { watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Editors write a file in several steps, and some write several files at once. */
const settleMs = 100;

/** What Node runs; the rest is an editor's, or documentation. */
const sources = /\.(?:ts|js)$/;

/**
 * Calls `onChange` with the names of sources that were changed below `directory`, one call after the other, until
 * `signal` is aborted. Changes during a call are collected for the next one. Throws what
 * `onChange` throws.
 */
export async function followSources(
  directory: string,
  onChange: (files: readonly string[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const changed = new Set<string>();
  const changes = new EventEmitter();
  const watcher = watch(directory, { recursive: true, signal }, (_, file) => {
    if (file === null || !sources.test(file)) return;
    changed.add(file);
    changes.emit("change");
  });
  // An aborted watch ends with an error, which is what was asked for.
  watcher.on("error", () => undefined);
  try {
    for (;;) {
      if (changed.size === 0) await once(changes, "change", { signal });
      await sleep(settleMs, undefined, { signal });
      const files = [...changed].toSorted();
      changed.clear();
      await onChange(files);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
