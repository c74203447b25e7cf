import { eventually } from "../../support/eventually.ts";
import { apply, core } from "./cluster.ts";

/** Controllers, the provisioner of the volumes and the kubelet take turns, on one busy node. */
const deletedTimeoutMs = 120_000;

/** By such a name a run knows a namespace as its own: it rejects a cluster that has one, and removes what is left of them. */
export type OwnNamespace = `e2e-${string}`;

/** Creates a namespace, and the objects given, before the tests of the calling suite. Deletes it after them, with all in it. */
export function useNamespace(
  name: OwnNamespace,
  ...objects: readonly object[]
): void {
  before(() => createNamespace(name, ...objects));
  after(() => deleteNamespace(name));
}

export function createNamespace(
  name: OwnNamespace,
  ...objects: readonly object[]
): Promise<void> {
  return apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    ...objects,
  );
}

export async function deleteNamespace(name: OwnNamespace): Promise<void> {
  await core.deleteNamespace({ name }).catch(() => undefined);
  await eventually(
    `namespace ${name} deleted`,
    async () => {
      const { items } = await core.listNamespace({
        fieldSelector: `metadata.name=${name}`,
      });
      return items.length === 0;
    },
    deletedTimeoutMs,
  );
}
