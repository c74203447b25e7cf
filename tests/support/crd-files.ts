import path from "node:path";
import { findModuleFiles } from "./module-files.ts";

/** Where the definitions lie in each module, and which of them are taken; the rest is of no use here. */
const SOURCES: Readonly<Record<string, { directory: string; files: RegExp }>> =
  {
    "knative.dev/serving": {
      directory: "config/core/300-resources",
      files: /\.yaml$/,
    },
    "knative.dev/networking": {
      directory: "config",
      files: /^domain-claim\.yaml$/,
    },
    "github.com/cert-manager/cert-manager": {
      directory: "deploy/crds",
      files: /^cert-manager\.io_(certificates|issuers)\.yaml$/,
    },
    "github.com/kubernetes-csi/external-snapshotter/client/v8": {
      directory: "config/crd",
      files: /^snapshot\.storage\.k8s\.io_.*\.yaml$/,
    },
    "github.com/prometheus-operator/prometheus-operator": {
      directory: "example/prometheus-operator-crd",
      files: /_(podmonitors|prometheusrules)\.yaml$/,
    },
  };

/**
 * Paths of the CustomResourceDefinitions of Knative Serving, cert-manager, the volume snapshots and the Prometheus operator, in the versions
 * that `crds/go.mod` pins: from the user's cache directory, where the first call puts them, about 11 MB.
 */
export async function findCrdFiles(): Promise<string[]> {
  return await findModuleFiles({
    title: "The CustomResourceDefinitions for the tests of manifests/",
    name: "crds",
    pinned: path.join(import.meta.dirname, "crds"),
    sources: SOURCES,
  });
}

if (import.meta.main) console.log((await findCrdFiles()).join("\n"));
