/**
 * What the janitor is compared with: requests that it sends too, with little or nothing decided. A process of its own, so that processor time and memory
 * are its own:
 *     page [namespace]   lists the claims, then all claims and all Pods of each namespace, page by page
 *     delete             deletes the claims with the label of `objects.ts` and writes an Event about each
 *     look-and-delete    lists all claims and all Pods of each namespace once, and deletes the claims that no Pod uses
 *     adopt <namespace>  sets the Pods as owners of the claims that have none
 */
import { JANITOR_NAME } from "../../../functions/contract/keys.ts";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import { loadKubeConfig } from "../../../functions/kubernetes/kube-config.ts";
import {
  claimPath,
  claimsPath,
  namespacePath,
} from "../../../functions/kubernetes/paths.ts";
import { forEachLimited } from "../../../janitor/cluster/concurrency.ts";
import { deletionEvent } from "../../../janitor/cluster/claim-events.ts";
import { UNUSED_LABEL } from "./objects.ts";

const PAGE_SIZE = "500";
const CONCURRENCY = 8;
const timeoutMs = 60_000;
const METADATA =
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

interface Item {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly ownerReferences?: readonly object[];
  };
  readonly spec?: {
    readonly volumes?: readonly {
      readonly persistentVolumeClaim?: { readonly claimName: string };
    }[];
  };
}

const { config } = await loadKubeConfig(process.env, { context: undefined });
const api = connectApiServer(config, "benchmark");
const [command, namespace = ""] = process.argv.slice(2);

/** Calls `each` for every page of a list. */
async function list(
  path: string,
  each: (items: readonly Item[]) => void,
  { accept, ...query }: Readonly<Record<string, string>> = {},
): Promise<void> {
  let token = "";
  do {
    const { body } = await api({
      method: "GET",
      path,
      query: {
        ...query,
        limit: PAGE_SIZE,
        ...(token !== "" && { continue: token }),
      },
      ...(accept !== undefined && { accept }),
      timeoutMs,
    });
    const page = body as {
      items: readonly Item[] | null;
      metadata: { continue?: string };
    };
    each(page.items ?? []);
    token = page.metadata.continue ?? "";
  } while (token !== "");
}

async function namespacesWithClaims(): Promise<ReadonlySet<string>> {
  const namespaces = new Set<string>();
  await list(
    namespace === "" ? "/api/v1/persistentvolumeclaims" : claimsPath(namespace),
    (items) => {
      for (const { metadata } of items) namespaces.add(metadata.namespace);
    },
    { accept: METADATA },
  );
  return namespaces;
}

async function listAll(): Promise<void> {
  await forEachLimited(
    await namespacesWithClaims(),
    CONCURRENCY,
    async (name) => {
      await list(claimsPath(name), () => undefined);
      await list(`${namespacePath(name)}/pods`, () => undefined);
    },
  );
}

function claimOf({ spec }: Item): string | undefined {
  return spec?.volumes?.[0]?.persistentVolumeClaim?.claimName;
}

async function lookAndDelete(): Promise<void> {
  const unused: Item[] = [];
  await forEachLimited(
    await namespacesWithClaims(),
    CONCURRENCY,
    async (name) => {
      const claims: Item[] = [];
      const used = new Set<string | undefined>();
      await list(claimsPath(name), (items) => claims.push(...items));
      await list(`${namespacePath(name)}/pods`, (items) => {
        for (const pod of items) used.add(claimOf(pod));
      });
      unused.push(...claims.filter(({ metadata }) => !used.has(metadata.name)));
    },
  );
  await deleteAll(unused);
}

async function deleteUnused(): Promise<void> {
  const claims: Item[] = [];
  await list(
    "/api/v1/persistentvolumeclaims",
    (items) => claims.push(...items),
    { accept: METADATA, labelSelector: UNUSED_LABEL },
  );
  await deleteAll(claims);
}

async function deleteAll(claims: readonly Item[]): Promise<void> {
  await forEachLimited(claims, CONCURRENCY, async ({ metadata }) => {
    const { uid, resourceVersion } = metadata;
    await api({
      method: "DELETE",
      path: claimPath(metadata.namespace, metadata.name),
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        preconditions: { uid, resourceVersion },
      },
      timeoutMs,
    });
    await api({
      method: "POST",
      path: `${namespacePath(metadata.namespace, "/apis/events.k8s.io/v1")}/events`,
      body: deletionEvent(
        {
          ...metadata,
          createdAt: 0,
          changedAt: 0,
          markWrittenAt: undefined,
          deletedAt: undefined,
          labels: {},
          annotations: {},
          ownerReferences: [],
          finalizers: [],
        },
        "no Pod names it",
        Date.now(),
      ),
      timeoutMs,
    });
  });
}

async function adopt(): Promise<void> {
  const unowned = new Set<string>();
  await list(claimsPath(namespace), (items) => {
    for (const { metadata } of items)
      if (!metadata.ownerReferences) unowned.add(metadata.name);
  });
  const owners: { claim: string; name: string; uid: string }[] = [];
  await list(`${namespacePath(namespace)}/pods`, (items) => {
    for (const pod of items) {
      const claim = claimOf(pod) ?? "";
      const { name, uid } = pod.metadata;
      if (unowned.has(claim)) owners.push({ claim, name, uid });
    }
  });
  await forEachLimited(owners, CONCURRENCY, async ({ claim, name, uid }) => {
    await api({
      method: "PATCH",
      path: claimPath(namespace, claim),
      query: { fieldManager: JANITOR_NAME },
      contentType: "application/merge-patch+json",
      body: {
        metadata: {
          ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid }],
        },
      },
      timeoutMs,
    });
  });
}

if (command === "page") await listAll();
if (command === "delete") await deleteUnused();
if (command === "look-and-delete") await lookAndDelete();
if (command === "adopt") await adopt();
