import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { errorMessage } from "../../../functions/contract/error-message.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { startApiProxy } from "../../support/api-proxy.ts";
import type { ApiProxy } from "../../support/api-proxy.ts";
import { startBalancer } from "../../support/balancer.ts";
import { eventually } from "../../support/eventually.ts";
import type { KillableFunction } from "../../support/killable-function.ts";
import {
  skipWithout,
  startTimeoutMs,
} from "../../support/shared-control-plane.ts";
import { sweepOn } from "../janitor/runs.ts";
import { holdBackPods } from "../reuse/hold-back.ts";
import { auditPolicyFlag, readAudit } from "./audit.ts";
import { prepareDisturbances } from "./disturbances.ts";
import type { Disturbances } from "./disturbances.ts";
import { injectFaults } from "./faults.ts";
import { registerFunctionPair, startFunctionPair } from "./function-pair.ts";
import { recordHistory, seenClaim, seenPod } from "./history.ts";
import type { History, StoredChange } from "./history.ts";
import {
  checkStorm,
  FUNCTION,
  GARBAGE_COLLECTOR,
  JANITOR,
  missingIn,
  NAMESPACE_CONTROLLER,
  orphansIn,
} from "./invariants.ts";
import { neverHappened, sumOf, table, totalOf } from "./report.ts";
import type { Counts, Section } from "./report.ts";
import { itemAt, randomNumbers, STORM_SEED, STORM_SECONDS } from "./seed.ts";
import { startSweepingJanitor } from "./sweeping-janitor.ts";

/** The API server gives up on every request after this time: no Pod is stored later than that after its claim. */
const REQUEST_TIMEOUT_MS = 8_000;
/** The shortest that is safe with it: the ages of claims are in whole seconds. */
const GRACE_MS = REQUEST_TIMEOUT_MS + 2_000;
const LEASE_MS = GRACE_MS;
/** Of the webhook. */
const WEBHOOK_TIMEOUT_S = 5;
/** People leave younger claims alone. The function takes a claim back for five seconds after the webhook's time-out, and a fault delays that. */
const SETTLED_MS = 13_000;

/** The longest time for which another webhook holds back a Pod whose claim is there. */
const LONGEST_DELAY_MS = 6_000;
/** A janitor that waits so long between its lists and its deletes must see in its second look who has come. Longer than UNSEEN_BY_DELETE_MS. */
const BETWEEN_LOOKS_MS = 7_000;
const PROGRESS_MS = 10_000;
/** A storm goes on for so long at most when something has not happened yet: in a few seconds on a busy machine little happens. */
const EXTENSION_MS = 60_000;

const ACCOUNTS = ["namespace", "function-account", "janitor-account"].map(
  (name) =>
    join(import.meta.dirname, "../../../manifests/base", `${name}.yaml`),
);

describe("the product in a storm", function () {
  this.timeout(STORM_SECONDS * 1_000 + EXTENSION_MS + 300_000);
  const cleanUps: (() => unknown)[] = [];
  let controlPlane: ControlPlane;
  let core: CoreV1Api;
  let janitorToken: string;
  let ofFunctions: ApiProxy;
  let ofJanitors: ApiProxy;
  let functions: readonly KillableFunction[];
  let history: History;

  before(async function () {
    this.timeout(startTimeoutMs);
    controlPlane = await startControlPlane({
      auditLog: true,
      apiServerFlags: [
        auditPolicyFlag(),
        `--request-timeout=${REQUEST_TIMEOUT_MS}ms`,
      ],
    });
    cleanUps.push(() => controlPlane.stop());
    skipWithout(
      this,
      controlPlane,
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
      "kubectl",
    );
    const { kubeConfig } = controlPlane;
    core = kubeConfig.makeApiClient(CoreV1Api);
    const applied = await controlPlane.kubectl([
      "apply",
      ...ACCOUNTS.map((file) => `--filename=${file}`),
    ]);
    expect(applied.stderr).to.equal("");
    janitorToken = await tokenOf(JANITOR);
    ofFunctions = await startApiProxy(controlPlane);
    ofJanitors = await startApiProxy(controlPlane);
    const balancer = await startBalancer();
    cleanUps.push(
      () => balancer.stop(),
      () => ofJanitors.stop(),
      () => ofFunctions.stop(),
    );
    functions = await startFunctionPair(
      controlPlane,
      balancer,
      ofFunctions.kubeconfigFor(await tokenOf(FUNCTION)),
      LEASE_MS,
    );
    cleanUps.push(() => Promise.all(functions.map(({ stop }) => stop())));
    await createNamespace(kubeConfig, "nobody");
    await registerFunctionPair(
      controlPlane,
      balancer,
      "nobody",
      WEBHOOK_TIMEOUT_S,
    );
    history = await recordHistory(kubeConfig);
    cleanUps.push(() => history.stop());
  });
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  it(`deletes no claim that a Pod names, that is held or that is not ours, whatever happens for ${STORM_SECONDS} s; afterwards no orphan is left (STORM_SEED=${STORM_SEED})`, async () => {
    const disturbances = await prepareDisturbances(
      controlPlane,
      functions,
      SETTLED_MS,
    );
    const delayed = await delayPods();
    const interruptions = interrupt(disturbances);
    const faults = [
      injectFaults(ofFunctions, randomNumbers(1)),
      injectFaults(ofJanitors, randomNumbers(4)),
    ];
    const janitors = [1, 2].map(() =>
      startSweepingJanitor(ofJanitors.kubeconfigFor(janitorToken), GRACE_MS),
    );
    cleanUps.push(() => Promise.all(janitors.map(({ stop }) => stop())));
    const sweeps = (): Counts =>
      Object.fromEntries(
        janitors.map((janitor, index) => [
          `by janitor ${index + 1}`,
          janitor.sweeps(),
        ]),
      );
    const sections = (): Section[] => [
      {
        title: "disturbances",
        counts: {
          ...Object.fromEntries(disturbances.happened),
          ...interruptions(),
          "Pods held back after their claims were there": delayed.count(),
        },
      },
      {
        title: "faults",
        counts: sumOf(faults.map((each) => each())),
      },
      { title: "sweeps", counts: sweeps() },
    ];
    const begin = Date.now();
    const progress = setInterval(() => {
      const seconds = Math.round((Date.now() - begin) / 1_000);
      const counts = sections().map((each) => `${totalOf(each)} ${each.title}`);
      console.log(
        `      ${seconds} s: ${progressOf(history.changes)}; ${counts.join(", ")}`,
      );
    }, PROGRESS_MS);
    try {
      await disturbances.goOnUntil(() => {
        const lasts = Date.now() - begin - STORM_SECONDS * 1_000;
        return (
          lasts >= EXTENSION_MS ||
          (lasts >= 0 && neverHappened(sections()).length === 0)
        );
      });
    } finally {
      clearInterval(progress);
    }
    const happened = sections();
    for (const janitor of janitors) await janitor.stop();
    ofFunctions.reset();
    ofJanitors.reset();
    await delayed.end();
    await disturbances.liftQuotas();

    // The check below may say why there are some.
    const orphans = await eventually(
      "no orphan is left",
      () => hasNoOrphan(disturbances.deletedNamespaces),
      120_000,
    ).then(() => [], errorMessage);
    const missing = await missingNow(disturbances.deletedNamespaces);
    const changes = await history.complete("nobody");
    const audited = await readAudit(controlPlane.auditLogPath ?? "");
    const { deletes, violations, ...results } = checkStorm({
      changes,
      deletedNamespaces: disturbances.deletedNamespaces,
      ...audited,
    });
    happened.push({
      title: "what came of it",
      counts: {
        "Pods admitted": admittedIn(changes),
        "Pods rejected by a quota": audited.podsOverQuota,
        "adoptions of claims": results.adoptions,
        "deletes by the janitors": deletes.get(JANITOR) ?? 0,
        "deletes by the garbage collector": deletes.get(GARBAGE_COLLECTOR) ?? 0,
        "deletes with a namespace": deletes.get(NAMESPACE_CONTROLLER) ?? 0,
      },
    });
    console.log(table(happened));
    console.log(
      `      ${results.handOvers} claims handed over to later Pods; ${deletes.get(FUNCTION) ?? 0} claims taken back by the functions; ${results.lostWithoutHold} claims lost that were mounted by hand without a hold`,
    );
    expect(violations.slice(0, 20)).to.deep.equal([]);
    expect(orphans).to.deep.equal([]);
    expect(missing).to.deep.equal([]);
    expect(history.gaps).to.deep.equal([]);
    expect(neverHappened(happened), "what never happened").to.deep.equal([]);
  });

  /** The token of an account, by the name that the API server knows it by. */
  async function tokenOf(account: string): Promise<string> {
    const [, , namespace = "", name = ""] = account.split(":");
    return await controlPlane.tokenFor(namespace, name);
  }

  /** Holds back one Pod in ten: its claim is there, and no list has the Pod. */
  async function delayPods(): Promise<{
    readonly count: () => number;
    readonly end: () => Promise<void>;
  }> {
    const random = randomNumbers(2);
    let count = 0;
    const end = await holdBackPods(
      controlPlane,
      undefined,
      "CREATE",
      async () => {
        if (random() > 0.1) return;
        count += 1;
        await sleep(random() * LONGEST_DELAY_MS);
      },
    );
    return { count: () => count, end };
  }

  /** What happens between two requests of our programs. Gives how often each has happened so far. */
  function interrupt({ hold, mountUnused }: Disturbances): () => Counts {
    const random = randomNumbers(3);
    let held = 0;
    let mounted = 0;
    let killed = 0;
    ofJanitors.intercept(
      ({ method }) => method === "DELETE" && (held === 0 || random() < 0.1),
      {
        before: async ({ path }) => {
          const [namespace = "", , name = ""] = path.split("/").slice(4);
          await hold(namespace, name);
          held += 1;
        },
      },
    );
    // The janitor reads the namespace after its first lists, and before it lists again to delete.
    ofJanitors.intercept(
      ({ method, path }) =>
        method === "GET" &&
        /^\/api\/v1\/namespaces\/[^/]+$/.test(path) &&
        (mounted === 0 || random() < 0.03),
      {
        before: async ({ path }) => {
          if (!(await mountUnused(path.split("/")[4] ?? ""))) return;
          mounted += 1;
          await sleep(BETWEEN_LOOKS_MS);
        },
      },
    );
    // The claim is there, and the API server gets no answer.
    ofFunctions.intercept(
      ({ method }) => {
        if (!["PATCH", "POST"].includes(method)) return false;
        const kills = killed === 0 || random() < 0.01;
        if (kills) killed += 1;
        return kills;
      },
      {
        after: () => {
          void itemAt(functions, random())
            .restart()
            .catch(() => undefined);
        },
        resetAfterWrite: true,
      },
    );
    return () => ({
      "claims held right before a delete": held,
      "claims mounted between a look and the second": mounted,
      "functions killed after a write": killed,
    });
  }

  /** Sweeps without faults, and throws as long as there are orphans. */
  async function hasNoOrphan(
    deletedNamespaces: ReadonlySet<string>,
  ): Promise<boolean> {
    await sweepOn(controlPlane.kubeconfigFor(janitorToken), undefined, {
      gracePeriodMs: GRACE_MS,
    });
    const claims = await listClaims();
    const orphans = orphansIn(
      { claims, pods: await listPods() },
      deletedNamespaces,
    );
    if (orphans.length > 0) throw new Error(orphans.join());
    return true;
  }

  async function missingNow(
    deletedNamespaces: ReadonlySet<string>,
  ): Promise<string[]> {
    const pods = await listPods();
    const claims = await listClaims();
    // A claim may go with its Pod between the two lists.
    const still = new Set((await listPods()).map(({ uid }) => uid));
    return missingIn(
      { pods: pods.filter(({ uid }) => still.has(uid)), claims },
      deletedNamespaces,
    );
  }

  async function listClaims() {
    const { items } = await core.listPersistentVolumeClaimForAllNamespaces();
    return items.map(seenClaim);
  }

  async function listPods() {
    const { items } = await core.listPodForAllNamespaces();
    return items.map(seenPod);
  }
});

/** The Pods that the functions have admitted. */
function admittedIn(changes: readonly StoredChange[]): number {
  return new Set(
    changes.flatMap((change) =>
      change.kind === "pod" && change.object.admitted ? change.object.uid : [],
    ),
  ).size;
}

function progressOf(changes: readonly StoredChange[]): string {
  const created = new Set<string>();
  const deleted = new Set<string>();
  for (const { kind, object } of changes)
    if (kind === "claim") {
      created.add(object.uid);
      if (object.deletedAt !== undefined) deleted.add(object.uid);
    }
  return `${admittedIn(changes)} Pods admitted, ${created.size} claims, ${deleted.size} of them deleted`;
}
