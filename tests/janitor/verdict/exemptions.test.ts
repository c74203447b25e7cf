import { aClaim, ownedBy, podOf } from "../objects.ts";
import { itJudges } from "./verdict-cases.ts";

describe("verdict on a claim alone", () => {
  itJudges([
    {
      name: "J6 keeps a claim held by an annotation",
      claim: aClaim({ annotations: { "volume-claim/hold": "true" } }),
      reason: "held",
      why: /annotation volume-claim\/hold: "true"/,
    },
    {
      name: "J6 keeps a claim held by a label",
      claim: aClaim({ labels: { "volume-claim/hold": "true" } }),
      reason: "held",
      why: /label volume-claim\/hold: "true"/,
    },
    {
      name: "J6 takes a hold that is neither true nor false for one",
      claim: aClaim({ annotations: { "volume-claim/hold": "yes" } }),
      reason: "held",
    },
    {
      name: "J6 deletes a claim whose hold is false",
      claim: aClaim({ annotations: { "volume-claim/hold": "false" } }),
      reason: "unused",
    },
    {
      name: "J17 deletes an unused claim whose owner, a Pod, is gone: the garbage collector may be stuck",
      claim: aClaim({ ownerReferences: [ownedBy(podOf(aClaim(), "gone"))] }),
      reason: "unused",
    },
    {
      name: "J19 keeps a claim without managed=true",
      claim: aClaim({ labels: { managed: "false" } }),
      reason: "not-ours",
    },
    {
      name: "J19 keeps a claim that is managed=true by somebody else",
      claim: aClaim({
        labels: { "app.kubernetes.io/managed-by": "another-operator" },
      }),
      reason: "not-ours",
      why: /not labelled managed=true,app\.kubernetes\.io\/managed-by=stateful-deployments/,
    },
    {
      name: "J19 keeps a claim with our labels and a name that is not ours",
      claim: aClaim({ name: "data-postgres-0" }),
      reason: "not-ours",
      why: /its name is not what the function makes/,
    },
    {
      name: "J19 keeps a claim whose volume label was changed",
      claim: aClaim({ labels: { "volume-claim-template/name": "other" } }),
      reason: "not-ours",
    },
    {
      name: "J19 keeps a claim without the request it was made for",
      claim: aClaim({ annotations: { "volume-claim/request-uid": "" } }),
      reason: "not-ours",
    },
    {
      name: "J19 keeps a claim of another controller",
      claim: aClaim({
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            name: "postgres",
            uid: "1",
            controller: true,
          },
        ],
      }),
      reason: "foreign-controller",
      why: /^belongs to StatefulSet postgres, which decides about it$/,
    },
    {
      name: "J19 keeps a claim of an owner that is no Pod, though it is no controller",
      claim: aClaim({
        ownerReferences: [
          { apiVersion: "example/v1", kind: "Backup", name: "b", uid: "1" },
        ],
      }),
      reason: "foreign-controller",
    },
    {
      name: "J19 keeps the claim of an ephemeral volume, whose controller is a Pod",
      claim: aClaim({
        ownerReferences: [
          { ...ownedBy(podOf(aClaim(), "web-1")), controller: true },
        ],
      }),
      reason: "foreign-controller",
    },
    {
      name: "J19 takes a Pod of another API group for somebody else",
      claim: aClaim({
        ownerReferences: [
          { apiVersion: "example/v1", kind: "Pod", name: "web-1", uid: "1" },
        ],
      }),
      reason: "foreign-controller",
    },
    {
      name: "keeps a claim with a retention that it does not know",
      claim: aClaim({
        annotations: { "volume-claim-template/retention": "Reuse" },
      }),
      reason: "unsupported-retention",
      why: /"Reuse" is not supported: it comes later/,
    },
    {
      name: "keeps a claim whose retention is Delete in another spelling",
      claim: aClaim({
        annotations: { "volume-claim-template/retention": "delete" },
      }),
      reason: "unsupported-retention",
    },
    {
      name: "deletes a claim whose retention is Delete",
      claim: aClaim({
        annotations: { "volume-claim-template/retention": "Delete" },
      }),
      reason: "unused",
    },
  ]);
});
