import { readFileSync } from "node:fs";
import type {
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodSpec,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { parse } from "yaml";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import {
  ApiStatusError,
  connectApiServer,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import { template } from "../../functions/template/every-field.ts";
import { MALFORMED } from "../../functions/template/malformed.ts";
import {
  aBarePod,
  admissionSuite,
  aDeployment,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import {
  container,
  IS_LENIENT,
  LOSES_SOURCE,
  MAKES_NO_CLAIM,
  STRICTER,
} from "./cases/stricter.ts";
import type { StricterCase } from "./cases/stricter.ts";

const page = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

/** What a case gives the Pod and the StatefulSet. */
function casedAs(one: string | StricterCase) {
  if (typeof one !== "string")
    return {
      text: JSON.stringify(one.templates ?? [template("data", one.spec)]),
      podSpec: { ...one.podSpec },
      message: one.message,
    };
  const found = MALFORMED.find(({ name }) => name === one);
  if (found === undefined) throw new Error(`no malformed case ${one}`);
  const { annotations, messages, volumes } = found;
  return {
    text: annotations[TEMPLATE_TEMPLATES] ?? "",
    podSpec: { volumes: [...(volumes ?? [{ name: "data", emptyDir: {} }])] },
    message: messages.join("; "),
  };
}

describe("a Pod whose templates are rejected", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let namespace: string;
  let api: ApiServer;

  before(async () => {
    namespace = await uniqueNamespace("rejected");
    api = connectApiServer(suite.controlPlane.kubeConfig, "test");
  });

  it("W9: has every problem in the event of its ReplicaSet, and no claim", async () => {
    const one = MALFORMED.find(({ messages }) => messages.length === 4);
    const deployment = aDeployment("wrong", 1, one?.annotations);
    Object.assign(deployment.spec?.template.spec ?? {}, {
      containers: [container],
      volumes: one?.volumes,
    });
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: deployment,
    });
    const message = await eventually("the ReplicaSet reports", async () => {
      const { items } = await suite.core.listNamespacedEvent({ namespace });
      return items.find(({ reason }) => reason === "FailedCreate")?.message;
    });
    expect(message?.split("denied the request: ")[1]).to.equal(
      one?.messages.join("; "),
    );
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
  });

  for (const [words, cases] of Object.entries(STRICTER))
    it(`W9: is accepted in a StatefulSet: ${words}`, async () => {
      for (const one of cases) {
        const { message, podSpec, text } = casedAs(one);
        const is = (what: RegExp): boolean =>
          typeof one === "string" && what.test(one);
        if (is(IS_LENIENT))
          expect(await rejectionOf(createSet(text, podSpec))).to.include(
            "unknown field",
          );
        const validation = is(IS_LENIENT) ? "Ignore" : "Strict";
        const set = await createSet(text, podSpec, validation);
        for (const claim of set.spec?.volumeClaimTemplates?.slice(0, 2) ?? [])
          if (is(MAKES_NO_CLAIM))
            expect(await rejectionOf(createClaim(claim))).to.match(
              /is invalid/,
            );
          else {
            const { spec } = await createClaim(claim);
            if (is(LOSES_SOURCE))
              expect(spec).not.to.have.any.keys("dataSource", "dataSourceRef");
          }
        expect(await rejectionOf(createPod(text, podSpec))).to.include(message);
      }
    });

  it("are listed in docs/annotations.md in these very words", () => {
    const [, list = ""] =
      /A StatefulSet accepts these, and the function rejects them:\n\n((?:- .*\n(?: {2}.*\n)*)+)/.exec(
        page,
      ) ?? [];
    const said = list
      .split(/^- /m)
      .slice(1)
      .map((item) => item.trim().replaceAll(/\s+/g, " "));
    expect(said).to.deep.equal(Object.keys(STRICTER));
  });

  function createSet(
    text: string,
    podSpec: Partial<V1PodSpec>,
    fieldValidation = "Strict",
  ): Promise<V1StatefulSet> {
    const labels = { app: "set" };
    return wouldCreate(
      `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
      {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name: "set" },
        spec: {
          serviceName: "set",
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: { containers: [container], ...podSpec },
          },
          volumeClaimTemplates: parse(text) as V1PersistentVolumeClaim[],
        },
      },
      fieldValidation,
    );
  }

  function createPod(
    text: string,
    podSpec: Partial<V1PodSpec>,
  ): Promise<V1Pod> {
    const pod = aBarePod("pod", {
      annotations: { [TEMPLATE_TEMPLATES]: text },
    });
    pod.spec = { containers: [container], ...podSpec };
    return wouldCreate(`/api/v1/namespaces/${namespace}/pods`, pod);
  }

  /** What the StatefulSet's controller makes of a template. */
  function createClaim({
    metadata,
    spec,
  }: V1PersistentVolumeClaim): Promise<V1PersistentVolumeClaim> {
    return wouldCreate(
      `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
      {
        metadata: { ...metadata, name: `${metadata?.name}-set-0`, namespace },
        ...(spec && { spec }),
      },
    );
  }

  /** The object as it would be stored; of a claim, what the API server makes of its sources. */
  async function wouldCreate<T>(
    path: string,
    body: T,
    fieldValidation = "Strict",
  ): Promise<T> {
    const query = { dryRun: "All", fieldValidation };
    const timeoutMs = 10_000;
    const answer = await api({ method: "POST", path, query, body, timeoutMs });
    return answer.body as T;
  }
});

/** What the API server says against it; empty when it accepts it. */
async function rejectionOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "";
  } catch (error) {
    if (error instanceof ApiStatusError) return error.message;
    throw error;
  }
}
