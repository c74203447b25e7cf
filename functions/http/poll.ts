/** How often files are read again, in milliseconds. The kubelet needs a minute to update the files of a Secret, so a shorter interval does not help. */
const INTERVAL_MS = 2_000;

/**
 * Calls `read` again and again until the returned function is called. It polls: the kubelet replaces a mounted Secret by moving a
 * symbolic link, which file watching reports differently on each system. It does not keep the program running.
 */
export function poll(read: () => void, intervalMs = INTERVAL_MS): () => void {
  const timer = setInterval(read, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
