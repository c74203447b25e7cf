import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod, V1PodTemplateSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { runProgram } from "../../control-plane/run-program.ts";
import { eventually } from "../../support/eventually.ts";
import { alertCases } from "./alert-cases.ts";
import {
  alertNames,
  alertRules,
  checkRules,
  testAlert,
} from "./alert-rules.ts";
import { dashboard, readDashboard } from "./dashboard.ts";
import { apps, core, kubectl, ourNamespace } from "../steps/cluster.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { suspend } from "../steps/our-jobs.ts";
import { overlayWithImages, removeOverlay } from "../steps/overlay.ts";
import {
  firing,
  quiet,
  monitoringProgram,
  query,
  ruleErrors,
  targetsOf,
  usePrometheus,
} from "./prometheus.ts";
import { deploymentWithClaims, templateWithClaim } from "../steps/workloads.ts";

const namespace = "e2e-monitoring";
const functionJob = `${ourNamespace}/function`;
/** Each is read every 15 seconds at most; then rules and rates need two values. */
const readTimeoutMs = 120_000;
/** The first run of a CronJob after its installation. */
const scheduledTimeoutMs = 360_000;

describe("our alerts, by promtool", () => {
  let promtool = "";
  before(function () {
    promtool = monitoringProgram(this, "promtool");
  });

  it("are rules that Prometheus accepts", async () => {
    const { output, accepted } = await checkRules(promtool, await alertRules());
    expect(accepted, output).to.be.true;
  });

  it("have cases below, each of them", async () => {
    const cases = Object.values(alertCases);
    expect(Object.keys(alertCases)).to.deep.equal(
      alertNames(await alertRules()),
    );
    for (const fires of [true, false])
      for (const some of cases)
        expect(some.filter((one) => one.fires.length > 0 === fires)).to.not.be
          .empty;
  });

  for (const [alert, cases] of Object.entries(alertCases))
    describe(alert, () => {
      for (const { title, ...situation } of cases)
        it(title, async () => {
          const wrong = await testAlert(promtool, await alertRules(), {
            alert,
            ...situation,
          });
          expect(wrong).to.equal("");
        });
    });
});

describe("our dashboard", () => {
  it("is valid by Grafana's own schema", async function () {
    const { stdout, exitCode } = await runProgram(
      monitoringProgram(this, "dashboard"),
      [dashboard],
    );
    expect(stdout).to.equal("");
    expect(exitCode).to.equal(0);
  });
});

/** Creates Pods and Deployments in dry runs, correct and wrong ones, again and again. Returns what ends that. */
function admitAgainAndAgain(): () => Promise<void> {
  const stopped = new AbortController();
  const wrong = deploymentWithClaims(namespace, "wrong", 1);
  const annotations = wrong.spec?.template.metadata?.annotations ?? {};
  annotations["volume-claim-template/storage"] = "none";
  const admitAll = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await core.createNamespacedPod({
        namespace,
        dryRun: "All",
        body: podOf(templateWithClaim("right")),
      });
      const outcomes = await Promise.allSettled([
        core.createNamespacedPod({
          namespace,
          dryRun: "All",
          body: podOf(wrong.spec?.template ?? {}),
        }),
        apps.createNamespacedDeployment({
          namespace,
          dryRun: "All",
          body: wrong,
        }),
      ]);
      expect(outcomes.map(({ status }) => status)).to.deep.equal([
        "rejected",
        "rejected",
      ]);
      await sleep(1_000);
    }
  };
  const done = admitAll();
  // Whoever ends it gets the error.
  done.catch(() => undefined);
  return async () => {
    stopped.abort();
    await done;
  };
}

function podOf({ metadata, spec }: V1PodTemplateSpec): V1Pod {
  return {
    metadata: { ...metadata, generateName: "dry-" },
    ...(spec === undefined ? {} : { spec }),
  };
}

describe("Prometheus, with the component monitoring", () => {
  let overlay = "";
  let stop: (() => Promise<void>) | undefined;

  before(async function () {
    monitoringProgram(this, "prometheus");
    overlay = await overlayWithImages("kourier", ["monitoring"]);
    // As the last one who applied it: kubectl shows a difference after the other way.
    await kubectl(["apply", "--server-side", `--kustomize=${overlay}`]);
  });
  // First of all: the others remove what it uses.
  after(async () => {
    if (overlay === "") return;
    await stop?.();
    await suspend("janitor", false);
    await kubectl(
      `delete podmonitor/function prometheusrule/stateful-deployments networkpolicy/function-metrics --namespace=${ourNamespace}`,
    );
    await removeOverlay(overlay);
  });
  usePrometheus();
  useNamespace(namespace);
  before(() => {
    stop = admitAgainAndAgain();
  });

  it("evaluates each of our alerts without an error", async () => {
    const names = alertNames(await alertRules());
    await eventually(
      "the alerts evaluated",
      async () => {
        const errors = await ruleErrors();
        expect(names.map((name) => errors.get(name))).to.deep.equal(
          names.map(() => ""),
        );
        return true;
      },
      readTimeoutMs,
    );
  });

  it("reads the function's own metrics while it runs, from the port that Knative gives it", async () => {
    const [target, ...others] = await eventually(
      "the function read",
      async () => {
        const targets = await targetsOf(functionJob);
        expect(targets.map(({ lastError }) => lastError)).to.deep.equal(
          targets.map(() => ""),
        );
        return targets.some(({ health }) => health === "up") && targets;
      },
      readTimeoutMs,
    );
    expect(others).to.deep.equal([]);
    expect(target?.labels["endpoint"]).to.equal("user-port");
    expect(target?.scrapeUrl).to.match(/^http:.*:8080\/metrics$/);
  });

  it("has an answer for each expression of the dashboard", async () => {
    const { templating, panels } = await readDashboard();
    const [, variable] = templating.list.map(({ query: text }) => text);
    const [, series, label] =
      /^label_values\((.*), (\w+)\)$/.exec(variable ?? "") ?? [];
    const [found] = await eventually(
      "a value of the variable",
      async () => {
        const samples = await query(series ?? "");
        return samples.length > 0 && samples.map(({ metric }) => metric);
      },
      readTimeoutMs,
    );
    expect(found?.[label ?? ""]).to.equal(ourNamespace);
    for (const { title, targets } of panels) {
      expect(targets, title).to.not.be.empty;
      for (const { expr } of targets)
        await eventually(
          `${title}: ${expr}`,
          async () => {
            const samples = await query(
              expr.replaceAll("$namespace", ourNamespace),
            );
            return (
              samples.length > 0 &&
              samples.every(({ value }) => Number.isFinite(value))
            );
          },
          scheduledTimeoutMs,
        );
    }
    // The answers are of a function that has admitted Pods meanwhile.
    expect((await query("sum(stateful_deployments_admissions_total) > 0"))[0])
      .to.not.be.undefined;
  });

  it("fires the alert about the janitor, when that is suspended and has not swept for an hour", async () => {
    await quiet("StatefulDeploymentsJanitorNotSweeping");
    await suspend("janitor", true);
    // The CronJob takes the time from the Jobs that it still has.
    await kubectl(
      `delete jobs --selector=app.kubernetes.io/component=janitor --namespace=${ourNamespace}`,
    );
    const longAgo = new Date(Date.now() - 2 * 3_600_000).toISOString();
    const status = { status: { lastSuccessfulTime: longAgo } };
    await kubectl([
      "patch",
      "cronjob/janitor",
      `--namespace=${ourNamespace}`,
      "--subresource=status",
      "--type=merge",
      `--patch=${JSON.stringify(status)}`,
    ]);
    await firing("StatefulDeploymentsJanitorNotSweeping");
    await suspend("janitor", false);
  });
});
