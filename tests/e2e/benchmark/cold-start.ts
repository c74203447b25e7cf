import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { eventually } from "../../support/eventually.ts";
import { kubectl, podsIn } from "../steps/cluster.ts";
import type { Service } from "./services.ts";

/** Moments of a cold start in ms after the request was sent; what was not seen is missing. */
export interface ColdStart {
  /** The answer was there. */
  readonly total: number;
  /** Knative has created the Pod: activator, autoscaler, Deployment and ReplicaSet controllers. */
  readonly created?: number;
  readonly scheduled?: number;
  /** Node's process was there: image, sandbox, network, containers. */
  readonly process?: number;
  /** It listened. */
  readonly listening?: number;
  /** Its first request came: the probes of queue-proxy and activator lie before. */
  readonly asked?: number;
  /** It has answered it. */
  readonly answered?: number;
}

/** Finer than any step that takes time here; the API server is on the same machine. */
const pollMs = 5;

/** Waits until the Service has no Pod, except those that are being deleted. They get no more requests. */
export async function atZero({ namespace, selector }: Service): Promise<void> {
  await eventually(
    `no Pod with ${selector} runs`,
    async () =>
      (await podsIn(namespace, selector)).every(
        ({ metadata }) => metadata?.deletionTimestamp !== undefined,
      ),
    300_000,
  );
  // The activator takes over from the Pod a moment before that, the autoscaler forgets it a moment after.
  await sleep(2_000);
}

/** Calls the Service while it is at zero, and follows the Pod that this starts. */
export async function coldStart(service: Service): Promise<ColdStart> {
  const old = new Set(
    (await podsIn(service.namespace, service.selector)).map(uidOf),
  );
  const done = new AbortController();
  const start = Date.now();
  const following = follow(service, old, start, done.signal);
  await service.call();
  const total = Date.now() - start;
  done.abort();
  const { pod, created, scheduled } = await following;
  const lines = pod === undefined ? [] : await logOf(service, pod);
  const listening = lines.find(({ msg }) => msg === "listening");
  const admission = lines.find(({ msg }) => msg === "admission");
  const at = (time: string): number => Date.parse(time) - start;
  return {
    total,
    ...(created !== undefined && { created }),
    ...(scheduled !== undefined && { scheduled }),
    ...(listening !== undefined && {
      process: at(listening.time) - (listening.bootMs ?? 0),
      listening: at(listening.time),
    }),
    ...(admission !== undefined && {
      asked: at(admission.time) - (admission.ms ?? 0),
      answered: at(admission.time),
    }),
  };
}

interface Followed {
  readonly pod: V1Pod | undefined;
  readonly created: number | undefined;
  readonly scheduled: number | undefined;
}

async function follow(
  { namespace, selector }: Service,
  old: ReadonlySet<string>,
  start: number,
  done: AbortSignal,
): Promise<Followed> {
  let created: number | undefined;
  for (;;) {
    const stopped = done.aborted;
    const pod = (await podsIn(namespace, selector)).find(
      (one) => !old.has(uidOf(one)),
    );
    const now = Date.now() - start;
    if (pod !== undefined) created ??= now;
    if (pod?.spec?.nodeName !== undefined)
      return { pod, created, scheduled: now };
    if (stopped) return { pod, created, scheduled: undefined };
    await sleep(pollMs);
  }
}

interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly bootMs?: number;
  readonly ms?: number;
}

async function logOf(
  { namespace, container }: Service,
  pod: V1Pod,
): Promise<LogLine[]> {
  const text = await kubectl([
    "logs",
    `--namespace=${namespace}`,
    pod.metadata?.name ?? "",
    `--container=${container}`,
  ]);
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}

function uidOf({ metadata }: V1Pod): string {
  return metadata?.uid ?? "";
}
