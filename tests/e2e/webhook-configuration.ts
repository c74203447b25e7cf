import { kubectl } from "./cluster.ts";

/** How the API server calls the function at this moment. */
export interface WebhookCall {
  /** Name of the Service; the gateway picks certificate and route by it. */
  readonly host: string;
  /** The secret path. */
  readonly path: string;
  /** PEM: every authority whose certificates the API server accepts. */
  readonly authorities: string;
}

/** Reads it where the certificates command has written it. Throws while there is no secret path in it. */
export async function webhookCall(): Promise<WebhookCall> {
  const output = await kubectl([
    "get",
    "mutatingwebhookconfiguration",
    "10-stateful-deployments",
    "--output=jsonpath={.webhooks[0].clientConfig}",
  ]);
  const { caBundle, service } = JSON.parse(output) as {
    caBundle?: string;
    service: { name: string; namespace: string; path?: string };
  };
  if (!/^\/mutate\/.{16,}$/.test(service.path ?? ""))
    throw new Error(`the webhook's path ${service.path} has no token`);
  return {
    host: `${service.name}.${service.namespace}.svc`,
    path: service.path ?? "",
    authorities: Buffer.from(caBundle ?? "", "base64").toString("utf8"),
  };
}
