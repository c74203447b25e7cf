import { isFields } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import { quoted } from "../contract/printable.ts";
import type { PathStep } from "../field/problem.ts";
import type { Manifest, ReadManifests } from "./manifest.ts";
import { pathText } from "../field/path-text.ts";

/** The kind of lists of whatever kinds; others end in this, after the kind of their items. */
const LIST = "List";

/** The objects of a List, of Lists in it, or the one object itself. */
export function objectsIn(manifest: Manifest): ReadManifests {
  const { file, object, locate } = manifest;
  const { kind, items } = object;
  if (typeof kind !== "string" || !kind.endsWith(LIST))
    return { manifests: [manifest], problems: [] };
  if (!Array.isArray(items))
    return kind === LIST && items !== undefined && items !== null
      ? refused(["items"], items, "is not a list")
      : { manifests: [manifest], problems: [] };

  const read = items.map((item: unknown, index) =>
    isFields(item)
      ? objectsIn({
          file,
          object: { ...typeOfItems(object), ...item },
          locate: (path, inside) => locate(["items", index, ...path], inside),
        })
      : refused(
          ["items", index],
          item,
          "is not a Kubernetes object: it has no fields",
        ),
  );
  return {
    manifests: read.flatMap(({ manifests }) => manifests),
    problems: read.flatMap(({ problems }) => problems),
  };

  function refused(
    path: readonly PathStep[],
    value: unknown,
    says: string,
  ): ReadManifests {
    const message = `${pathText(path)}: ${quoted(value)} ${says}`;
    return {
      manifests: [],
      problems: [{ file, ...locate(path).place, message }],
    };
  }
}

/** The items of a DeploymentList are Deployments, and need not say so. */
function typeOfItems({ apiVersion, kind }: Fields): Fields {
  const ofItem = String(kind).slice(0, -LIST.length);
  if (ofItem === "") return {};
  return { ...(apiVersion !== undefined && { apiVersion }), kind: ofItem };
}
