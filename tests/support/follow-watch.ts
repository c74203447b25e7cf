import { setTimeout as sleep } from "node:timers/promises";
import { Watch } from "@kubernetes/client-node";
import type { KubeConfig, KubernetesObject } from "@kubernetes/client-node";
import { errorMessage } from "../../functions/contract/error-message.ts";

/**
 * The API server ends the watch after this time. Two seconds before that it sends a bookmark, so that the next watch goes on from there.
 * Without bookmarks that would be from the last event, and the API server forgets events after 75 s at the earliest. client-node ends a
 * watch itself after 30 s without an event.
 */
const TIMEOUT_SECONDS = 20;

/**
 * Watches a resource until the returned function is called. When the watch ends, it goes on after the last event or bookmark that was
 * seen. `onGap` hears when events may have been missed.
 */
export async function followWatch(
  kubeConfig: KubeConfig,
  path: string,
  onEvent: (type: string, object: never) => void,
  onGap: (why: string) => void,
): Promise<() => void> {
  const watch = new Watch(kubeConfig);
  // All there is, then what happens.
  let resourceVersion = "0";
  let stopped = false;
  const onLine = (type: string, object: KubernetesObject): void => {
    // client-node drops what this throws.
    try {
      if (type === "ERROR") {
        onGap(JSON.stringify(object));
        return;
      }
      resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
      if (type !== "BOOKMARK") onEvent(type, object as never);
    } catch (error) {
      onGap(errorMessage(error));
    }
  };
  const start = async (): Promise<AbortController> =>
    await watch.watch(
      path,
      {
        resourceVersion,
        allowWatchBookmarks: true,
        timeoutSeconds: TIMEOUT_SECONDS,
      },
      onLine,
      () => void goOn(),
    );
  const goOn = async (): Promise<void> => {
    if (stopped) return;
    await sleep(50);
    current = await start();
    if (stopped) current.abort();
  };
  let current = await start();
  return () => {
    stopped = true;
    current.abort();
  };
}
