import type { V1Deployment } from "@kubernetes/client-node";
import { expect } from "chai";
import {
  admissionSuite,
  aDeployment,
  claimsIn,
  podsIn,
} from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import type { MalformedCase } from "./cases/malformed-case.ts";
import { MALFORMED } from "./cases/malformed.ts";

/** The API server cuts the message of an event here. */
const MAX_EVENT_MESSAGE = 1_024;

describe("a Deployment whose templates are wrong", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let namespace: string;
  /** Messages of FailedCreate events, by the Deployment's name. */
  const said = new Map<string, string>();

  before(async function () {
    this.timeout(60_000);
    namespace = await uniqueNamespace("malformed");
    await Promise.all(
      MALFORMED.map((one, index) =>
        suite.apps.createNamespacedDeployment({
          namespace,
          body: deploymentOf(one, index),
        }),
      ),
    );
    await eventually(
      "every ReplicaSet has said why it has no Pod",
      async () => {
        const { items } = await suite.core.listNamespacedEvent({ namespace });
        for (const { reason, involvedObject, message } of items)
          if (reason === "FailedCreate" && involvedObject.kind === "ReplicaSet")
            said.set(
              involvedObject.name?.replace(/-[^-]+$/, "") ?? "",
              message ?? "",
            );
        return said.size === MALFORMED.length;
      },
    );
  });

  it("W9: is tried in at least sixty ways", () => {
    expect(MALFORMED).to.have.length.of.at.least(60);
    expect(new Set(MALFORMED.map(({ name }) => name)).size).to.equal(
      MALFORMED.length,
    );
  });

  for (const [index, one] of MALFORMED.entries())
    it(`W9: shows it in the events of its ReplicaSet: ${one.name}`, () => {
      const message = said.get(nameOf(index)) ?? "";
      const [, words] = message.split("denied the request: ");
      const room = MAX_EVENT_MESSAGE - (message.length - (words?.length ?? 0));
      expect(words).to.equal(one.says.join("; ").slice(0, room));
    });

  it("W9: has made no claim and no Pod in any of these cases", async () => {
    expect(await claimsIn(suite, namespace)).to.deep.equal([]);
    expect(await podsIn(suite, namespace)).to.deep.equal([]);
  });
});

function nameOf(index: number): string {
  return `wrong-${index}`;
}

function deploymentOf(
  { annotations, volumes }: MalformedCase,
  index: number,
): V1Deployment {
  const deployment = aDeployment(nameOf(index), 1, annotations);
  const { spec } = deployment.spec?.template ?? {};
  if (spec) {
    spec.volumes = [...(volumes ?? [{ name: "data", emptyDir: {} }])];
    for (const container of spec.containers)
      container.volumeMounts = [{ name: "data", mountPath: "/data" }];
  }
  return deployment;
}
