import type { V1Pod } from "@kubernetes/client-node";
import { aPod } from "../../support/builders.ts";
import type { Answer } from "../admission/behind-proxy.ts";

/** Names of the claims that the answer puts into the Pod, by volume. */
export function claimsIn({ patch }: Answer): Record<string, string> {
  const operations = JSON.parse(
    Buffer.from(patch ?? btoa("[]"), "base64").toString(),
  ) as { path: string; value: unknown }[];
  const claims: Record<string, string> = {};
  for (const { path, value } of operations) {
    const labels =
      path === "/metadata/labels"
        ? (value as Record<string, string>)
        : {
            [path.replace("/metadata/labels/", "").replaceAll("~1", "/")]:
              value,
          };
    for (const [key, claim] of Object.entries(labels))
      if (key.startsWith("volume-claim/") && key !== "volume-claim/name")
        claims[key.slice("volume-claim/".length)] = claim as string;
  }
  return claims;
}

/** A template of the full form. */
export function template(
  name: string,
  retention: string,
  annotations: Readonly<Record<string, string>> = {},
  spec: object = {},
): object {
  return {
    metadata: {
      name,
      annotations: {
        "volume-claim-template/retention": retention,
        ...annotations,
      },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  };
}

/** A Pod with two reused volumes. */
export function podOfTwo({
  dataVolume = { emptyDir: {} },
  annotations,
  spec,
}: {
  readonly dataVolume?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: object;
} = {}): V1Pod {
  return aPod({
    annotations: {
      "volume-claim-template/templates": JSON.stringify(
        ["data", "log"].map((name) =>
          template(name, "Reuse", annotations, spec),
        ),
      ),
    },
    volumes: [
      { name: "data", ...dataVolume },
      { name: "log", emptyDir: {} },
    ],
    mounts: ["data", "log"],
    labels: { "pod-template-hash": "5d4f8c7b9" },
  });
}
