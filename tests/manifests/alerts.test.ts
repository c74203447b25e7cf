import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { manifestsPath } from "./rendered.ts";

interface PrometheusRule {
  readonly spec: {
    readonly groups: readonly {
      readonly rules: readonly {
        readonly alert: string;
        readonly expr: string;
      }[];
    }[];
  };
}

const LAST_SUCCESS = "kube_cronjob_status_last_successful_time";

describe("the alerts about CronJobs", () => {
  for (const { alert, cronJob } of [
    { alert: "StatefulDeploymentsJanitorNotSweeping", cronJob: "janitor" },
    {
      alert: "StatefulDeploymentsCertificatesNotRenewed",
      cronJob: "certificates",
    },
  ])
    it(`${alert} counts from the CronJob's creation while it has never succeeded`, async () => {
      const file = path.join(
        manifestsPath("components/monitoring"),
        "alerts.yaml",
      );
      const { spec } = parse(await readFile(file, "utf8")) as PrometheusRule;
      const expr = spec.groups
        .flatMap(({ rules }) => rules)
        .find((rule) => rule.alert === alert)
        ?.expr.replaceAll(/\s+/g, " ");
      const of = `{namespace="stateful-deployments",cronjob="${cronJob}"}`;
      const [, seconds] = / > (\d+) /.exec(expr ?? "") ?? [];
      const since = (metric: string): string =>
        `time() - max by (namespace, cronjob) (${metric}${of}) > ${seconds}`;
      // A comparison with a series that is not there is true of nothing. "unless" binds stronger than "or".
      expect(expr).to.equal(
        `${since(LAST_SUCCESS)} or ${since("kube_cronjob_created")} unless on (namespace, cronjob) ${LAST_SUCCESS}${of}`,
      );
    });
});
