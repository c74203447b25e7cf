import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { planPod } from "../../../functions/pod/plan-pod.ts";
import { MALFORMED } from "../../control-plane/templates/malformed.ts";
import { aRequest } from "../../support/builders.ts";
import { rendered } from "./rendered.ts";

describe("what render refuses", () => {
  for (const { name, annotations, volumes } of MALFORMED)
    it(`is what the function denies, in the same words: ${name}`, async () => {
      const template = {
        metadata: { annotations },
        spec: {
          containers: [
            {
              name: "app",
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
          volumes: volumes ?? [{ name: "data", emptyDir: {} }],
        },
      };
      const plan = await planPod(aRequest(template as V1Pod));
      if (plan.kind !== "refuse") throw new Error(`not refused: ${plan.kind}`);

      const { problems, renderings } = await rendered(
        stringify({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web" },
          spec: { template },
        }),
      );
      const said = problems.map((line) =>
        line.replace(/^a\.yaml:\d+:\d+: Deployment\/web spec\.template: /, ""),
      );
      expect(said).to.have.members(
        plan.problems.map(({ message }) =>
          message.replaceAll(/\p{Cc}+/gu, " "),
        ),
      );
      expect(renderings).to.deep.equal([]);
    });
});
