import type { Series } from "./alert-rules.ts";

/** A situation, and whether the alert fires in it. */
export interface AlertCase {
  readonly title: string;
  readonly series: Series;
  /** When it is looked at, in minutes since the first value. */
  readonly minute: number;
  /** The alert's own labels, once for each time that it fires. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const webhook = 'name="volume-claims.stateful-deployments.dev"';

function rejections(errorType: string, values: string): Series {
  return {
    [`apiserver_admission_webhook_rejection_count{${webhook},error_type="${errorType}",operation="CREATE",rejection_code="0",type="admit"}`]:
      values,
  };
}

const calling = "calling_webhook_error";

/**
 * How often a ReplicaSet has tried to create its Pod, minute by minute: after 5 ms, and each time after twice that, but at
 * least every 1000 seconds.
 */
function triesOfOneReplicaSet(minutes: number): string {
  const counts: number[] = [];
  let count = 0;
  let next = 0;
  let delay = 0.005;
  for (let minute = 0; minute <= minutes; minute += 1) {
    for (; next <= minute * 60; delay = Math.min(delay * 2, 1_000)) {
      count += 1;
      next += delay;
    }
    counts.push(count);
  }
  return counts.join(" ");
}

/** A number of admissions in each minute that took up to `le` seconds. */
function bucket(le: string, perMinute: number): Series {
  return {
    [`apiserver_admission_webhook_admission_duration_seconds_bucket{${webhook},le="${le}",operation="CREATE",rejected="false",type="admit"}`]: `0+${perMinute}x60`,
  };
}

/** Admissions in each minute, of which some took up to 10 seconds, and all up to 25. */
function admissions(quick: number, all: number): Series {
  return {
    ...bucket("10", quick),
    ...bucket("25", all),
    ...bucket("+Inf", all),
  };
}

/** A CronJob with the time of its last success, if it had one. Times are in seconds since the first value. */
function cronJob(name: string, created: string, lastSuccess?: string): Series {
  const of = `{namespace="stateful-deployments",cronjob="${name}"}`;
  return {
    [`kube_cronjob_created${of}`]: created,
    ...(lastSuccess !== undefined && {
      [`kube_cronjob_status_last_successful_time${of}`]: lastSuccess,
    }),
  };
}

/** The alert about a CronJob that has not succeeded for so many minutes. It waits for five minutes more. */
function casesOfCronJob(name: string, minutes: number): AlertCase[] {
  const length = minutes + 120;
  const never = `0x${length}`;
  const inTime = `0+60x${length}`;
  const minute = minutes + 12;
  const fires = [{ namespace: "stateful-deployments", cronjob: name }];
  return [
    {
      title: "fires when its last success is too long ago",
      series: cronJob(name, never, never),
      minute,
      fires,
    },
    {
      title: "fires when it never succeeded, and was created too long ago",
      series: cronJob(name, never),
      minute,
      fires,
    },
    {
      title: "does not fire while it succeeds",
      series: cronJob(name, never, inTime),
      minute,
      fires: [],
    },
    {
      title: "does not fire in the first minutes after that time",
      series: cronJob(name, never, never),
      minute: minutes + 4,
      fires: [],
    },
    {
      title: "does not fire when it never succeeded, but is new",
      series: cronJob(name, `${minutes * 30}x${length}`),
      minute,
      fires: [],
    },
    {
      title: "does not fire because of a CronJob of another namespace",
      series: Object.fromEntries(
        Object.entries(cronJob(name, never, never)).map(([series, values]) => [
          series.replace("stateful-deployments", "shop"),
          values,
        ]),
      ),
      minute,
      fires: [],
    },
  ];
}

/** For each of our alerts. */
export const alertCases: Readonly<Record<string, readonly AlertCase[]>> = {
  StatefulDeploymentsWebhookFailing: [
    {
      title: "fires when calls of the function have failed for minutes",
      series: rejections(calling, "0+3x30"),
      minute: 8,
      fires: [{ error_type: calling }],
    },
    {
      title: "fires when one ReplicaSet alone tries again and again",
      series: rejections(calling, triesOfOneReplicaSet(60)),
      minute: 7,
      fires: [{ error_type: calling }],
    },
    ...[15, 25, 45, 59].map((minute) => ({
      title: `fires in minute ${minute} of that too, when a quarter of an hour lies between two tries`,
      series: rejections(calling, triesOfOneReplicaSet(60)),
      minute,
      fires: [{ error_type: calling }],
    })),
    {
      title: "ends half an hour after the last call that failed",
      series: rejections(calling, "0+3x10 30x60"),
      minute: 41,
      fires: [],
    },
    {
      title: "does not fire when the function rejects Pods with a reason",
      series: rejections("no_error", "0+3x30"),
      minute: 20,
      fires: [],
    },
    {
      title: "does not fire because of one call that failed",
      series: rejections(calling, "0 0 0 1x30"),
      minute: 8,
      fires: [],
    },
    {
      title: "does not fire because of another webhook",
      series: {
        'apiserver_admission_webhook_rejection_count{name="other.example.com",error_type="calling_webhook_error"}':
          "0+3x30",
      },
      minute: 8,
      fires: [],
    },
  ],
  StatefulDeploymentsWebhookSlow: [
    {
      title: "fires when two admissions in ten take longer than 10 seconds",
      series: admissions(8, 10),
      minute: 20,
      fires: [{}],
    },
    {
      title: "does not fire when one in twenty does",
      series: admissions(19, 20),
      minute: 20,
      fires: [],
    },
    {
      title: "does not fire in the first minutes",
      series: admissions(8, 10),
      minute: 14,
      fires: [],
    },
    {
      title: "does not fire when there are no admissions",
      series: admissions(0, 0),
      minute: 40,
      fires: [],
    },
  ],
  StatefulDeploymentsJanitorNotSweeping: casesOfCronJob("janitor", 60),
  StatefulDeploymentsCertificatesNotRenewed: casesOfCronJob(
    "certificates",
    1_440,
  ),
};
