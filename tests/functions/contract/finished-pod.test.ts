import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  finishOf,
  hasEnded,
  isDoubtful,
  isFinished,
} from "../../../functions/contract/finished-pod.ts";

type Status = NonNullable<V1Pod["status"]>;
type State = NonNullable<V1ContainerStatus["state"]>;

const ENDED: State = { terminated: { exitCode: 1 } };
const RUNNING: State = { running: {} };
const WAITING: State = { waiting: { reason: "ContainerCreating" } };

/** Reports of the containers `one`, `two` and so on. */
function reports(...states: readonly State[]): V1ContainerStatus[] {
  const names = ["one", "two", "three"];
  return states.map((state, index) => ({
    name: names[index] ?? "",
    image: "app:1",
    imageID: "",
    ready: false,
    restartCount: 0,
    state,
  }));
}

/** A Pod with the containers `one` and `two` on a node. */
function pod(status: Status, deletionTimestamp?: Date): V1Pod {
  return {
    metadata: {
      name: "web-1",
      ...(deletionTimestamp && { deletionTimestamp }),
    },
    spec: {
      containers: [{ name: "one" }, { name: "two" }],
      nodeName: "node-1",
    },
    status,
  };
}

const failed = (status: Status = {}, deletionTimestamp?: Date): V1Pod =>
  pod({ phase: "Failed", ...status }, deletionTimestamp);

const bothEnded = { containerStatuses: reports(ENDED, ENDED) };

const disrupted = (reason: string): Status => ({
  conditions: [{ type: "DisruptionTarget", status: "True", reason }],
});
const LOST_NODE = disrupted("DeletionByPodGC");
/** The kubelet writes it while an init container runs, and leaves it when one has failed. */
const NOT_INITIALIZED: Status = {
  conditions: [{ type: "Initialized", status: "False" }],
};

/** What is known of a Pod. */
const RUNS = { isFinished: false, hasEnded: false, isDoubtful: false };
const DOUBTFUL = { ...RUNS, isDoubtful: true };
/** Nothing says that it runs, and nothing says that it does not. */
const UNCERTAIN = { ...RUNS, isFinished: true };
const OVER = { ...UNCERTAIN, hasEnded: true };

describe("a Pod that may have finished", () => {
  const cases: readonly (readonly [string, V1Pod, typeof RUNS])[] = [
    ["without a status", { metadata: { name: "web-1" } }, RUNS],
    ["that is Pending", pod({ phase: "Pending" }), RUNS],
    ["without a known phase", pod({ phase: "Unknown" }), RUNS],
    [
      "that is Running, though its containers have ended",
      pod({ phase: "Running", ...bothEnded }),
      RUNS,
    ],
    ["that Succeeded", pod({ phase: "Succeeded", ...bothEnded }), OVER],
    ["that Succeeded, without reports", pod({ phase: "Succeeded" }), OVER],
    [
      "J5 that Succeeded and is Terminating",
      pod({ phase: "Succeeded", ...bothEnded }, new Date()),
      RUNS,
    ],
    ["J4 that Failed, each container ended", failed(bothEnded), OVER],
    [
      "J4 that its kubelet evicted, each container ended",
      failed({
        reason: "Evicted",
        ...bothEnded,
        ...disrupted("TerminationByKubelet"),
      }),
      OVER,
    ],
    [
      "J5 that Failed and is Terminating, each container ended",
      failed(bothEnded, new Date()),
      RUNS,
    ],
    [
      "that its kubelet rejected before it started a container",
      failed({ reason: "OutOfcpu" }),
      OVER,
    ],
    ["that Failed without a word", failed(), UNCERTAIN],
    [
      "that Failed, one container without a report",
      failed({ containerStatuses: reports(ENDED) }),
      UNCERTAIN,
    ],
    [
      "that Failed with a reason, one container without a report",
      failed({ reason: "Evicted", containerStatuses: reports(ENDED) }),
      UNCERTAIN,
    ],
    [
      "that Failed with a reason, its init container ended, no report of the others",
      failed({ reason: "Evicted", initContainerStatuses: reports(ENDED) }),
      UNCERTAIN,
    ],
    [
      "that Failed, a container waiting at the last report",
      failed({ containerStatuses: reports(ENDED, WAITING) }),
      UNCERTAIN,
    ],
    [
      "that Failed, an init container waiting at the last report",
      failed({ ...bothEnded, initContainerStatuses: reports(WAITING) }),
      UNCERTAIN,
    ],
    [
      "that Failed in its init containers",
      failed({
        initContainerStatuses: reports(ENDED, WAITING),
        containerStatuses: reports(WAITING, WAITING),
        ...NOT_INITIALIZED,
      }),
      OVER,
    ],
    [
      "that was given up with its node in its init containers",
      failed({
        initContainerStatuses: reports(WAITING),
        containerStatuses: reports(WAITING, WAITING),
        conditions: [
          ...(LOST_NODE.conditions ?? []),
          ...(NOT_INITIALIZED.conditions ?? []),
        ],
      }),
      DOUBTFUL,
    ],
    [
      "that Failed, an init container running at the last report, others waiting",
      failed({
        initContainerStatuses: reports(RUNNING),
        containerStatuses: reports(WAITING, WAITING),
        ...NOT_INITIALIZED,
      }),
      DOUBTFUL,
    ],
    [
      "that Failed, an ephemeral container waiting at the last report",
      failed({ ...bothEnded, ephemeralContainerStatuses: reports(WAITING) }),
      UNCERTAIN,
    ],
    [
      "that Failed, a container running at the last report",
      failed({ containerStatuses: reports(ENDED, RUNNING) }),
      DOUBTFUL,
    ],
    [
      "that Failed, an init container running at the last report",
      failed({ ...bothEnded, initContainerStatuses: reports(RUNNING) }),
      DOUBTFUL,
    ],
    [
      "that Failed, an ephemeral container running at the last report",
      failed({ ...bothEnded, ephemeralContainerStatuses: reports(RUNNING) }),
      DOUBTFUL,
    ],
    [
      "J5 that was given up with its node, each container ended at the last report",
      failed({ ...bothEnded, ...LOST_NODE }),
      DOUBTFUL,
    ],
    [
      "J5 that was given up with its node before its kubelet reported anything",
      failed({ reason: "NodeLost", ...LOST_NODE }),
      DOUBTFUL,
    ],
  ];
  for (const [title, given, expected] of cases)
    it(`${title}: ${Object.entries(expected)
      .map(([name, is]) => `${name} ${String(is)}`)
      .join(", ")}`, () => {
      const { containers, status } = finishOf(given);
      const trimmed = {
        ...given,
        spec: { containers: [...containers] },
        ...(status && { status }),
      };
      for (const one of [given, trimmed])
        expect({
          isFinished: isFinished(one),
          hasEnded: hasEnded(one),
          isDoubtful: isDoubtful(one),
        }).to.deep.equal(expected);
    });
});
