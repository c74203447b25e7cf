const uid = "1e2e0000-0000-4000-8000-000000000000";

/** What the API server would send for a Pod that does not exist. In a dry run the function makes no claim for it. */
export function strangersReview({ dryRun }: { dryRun: boolean }): string {
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid,
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      operation: "CREATE",
      namespace: "default",
      userInfo: { username: "nobody" },
      dryRun,
      object: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          generateName: "stranger-",
          annotations: {
            "volume-claim-template/name": "data",
            "volume-claim-template/storage": "1Gi",
          },
        },
        spec: {
          containers: [{ name: "c", image: "any" }],
          volumes: [{ name: "data", emptyDir: {} }],
        },
      },
    },
  });
}

/** Whether an answer is the function's to that review: the Pod is allowed, with a claim in its volume's place. */
export function isPatched(body: string): boolean {
  const { response } = JSON.parse(body) as {
    response?: { uid: string; allowed: boolean; patch?: string };
  };
  return (
    response?.uid === uid &&
    response.allowed &&
    /"claimName":"stranger-data-/.test(
      Buffer.from(response.patch ?? "", "base64").toString("utf8"),
    )
  );
}
