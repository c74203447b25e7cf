import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";

/** A token of the ServiceAccount for the API server, by the TokenRequest API. */
export async function requestToken(
  config: KubeConfig,
  namespace: string,
  name: string,
): Promise<string> {
  const { status } = await config
    .makeApiClient(CoreV1Api)
    .createNamespacedServiceAccountToken({
      namespace,
      name,
      body: { spec: { audiences: [] } },
    });
  if (status?.token === undefined) {
    throw new Error(`no token for ServiceAccount ${namespace}/${name}`);
  }
  return status.token;
}
