import { readFileSync } from "node:fs";
import type {
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { expect } from "chai";
import {
  ApiStatusError,
  connectApiServer,
} from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import { admissionSuite } from "../../support/admission-suite.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import type { Template } from "./cases/every-field.ts";
import { aPod, aStatefulSet } from "./cases/pod-and-stateful-set.ts";
import type { StricterCase } from "./cases/stricter-case.ts";
import { STRICTER } from "./cases/stricter.ts";

const page = readFileSync(
  new URL("../../../docs/annotations.md", import.meta.url),
  "utf8",
);

describe("a template and a StatefulSet's, where we are stricter,", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let namespace: string;
  let api: ApiServer;

  before(async () => {
    namespace = await uniqueNamespace("stricter");
    api = connectApiServer(suite.controlPlane.kubeConfig, "test");
  });

  /** The object as it would be stored; of a claim, what the API server makes of its sources. */
  async function wouldCreate<T>(
    path: string,
    body: T,
    fieldValidation = "Strict",
  ): Promise<T> {
    const answer = await api({
      method: "POST",
      path,
      query: { dryRun: "All", fieldValidation },
      body,
      timeoutMs: 10_000,
    });
    return answer.body as T;
  }

  const createSet = (
    { templates, podSpec }: StricterCase,
    fieldValidation?: string,
  ): Promise<V1StatefulSet> => {
    const set = aStatefulSet(templates as readonly Template[], "other");
    Object.assign(set.spec?.template.spec ?? {}, podSpec);
    return wouldCreate(
      `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
      set,
      fieldValidation,
    );
  };

  const createPod = ({ templates, podSpec }: StricterCase): Promise<V1Pod> => {
    const pod = aPod(templates as readonly Template[], "other");
    Object.assign(pod.spec ?? {}, podSpec);
    return wouldCreate(`/api/v1/namespaces/${namespace}/pods`, pod);
  };

  /** What the StatefulSet's controller makes of a template. */
  const createClaim = ({
    metadata,
    spec,
  }: V1PersistentVolumeClaim): Promise<V1PersistentVolumeClaim> =>
    wouldCreate(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
      metadata: { ...metadata, name: `${metadata?.name}-other-0`, namespace },
      ...(spec && { spec }),
    });

  for (const { words, cases } of STRICTER)
    it(`are judged differently for ${words}`, async () => {
      for (const one of cases) {
        const set = await createSet(one, one.isLenient ? "Ignore" : undefined);
        for (const claim of set.spec?.volumeClaimTemplates ?? [])
          expect(await refusalOf(createClaim(claim))).to.match(
            one.makesNoClaim ? /is invalid/ : /^$/,
          );
        if (one.isLenient)
          expect(await refusalOf(createSet(one))).to.include("unknown field");
        expect(await refusalOf(createPod(one))).to.include(one.says);
      }
    });

  it("are told apart by docs/annotations.md in these very words, and in no others", () => {
    const [, list = ""] =
      /A StatefulSet accepts these, and the function rejects them:\n\n((?:- .*\n(?: {2}.*\n)*)+)/.exec(
        page,
      ) ?? [];
    const said = list
      .split(/^- /m)
      .slice(1)
      .map((item) => item.trim().replaceAll(/\s+/g, " "));
    expect(said).to.deep.equal(STRICTER.map(({ words }) => words));
  });

  it("a StatefulSet's claim with a source in another namespace, or of an unknown kind, has no source at all", async () => {
    const sources = STRICTER.filter(({ words }) =>
      /^a `dataSource(Ref)?` .* drop/.test(words),
    ).flatMap(({ cases }) => cases);
    expect(sources).to.have.lengthOf(2);
    for (const source of sources) {
      const set = await createSet(source);
      for (const template of set.spec?.volumeClaimTemplates ?? [])
        expect((await createClaim(template)).spec).not.to.have.any.keys(
          "dataSource",
          "dataSourceRef",
        );
    }
  });
});

/** What the API server says against it; empty when it says nothing. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "";
  } catch (error) {
    if (error instanceof ApiStatusError) return error.message;
    throw error;
  }
}
