import type { V1Container, V1Pod, V1Volume } from "@kubernetes/client-node";
import { hasReadableForm } from "../contract/readable-name.ts";
import { CLAIM_LABEL_PREFIX } from "../contract/keys.ts";
import type { VolumeToPlace } from "../template/template.ts";
import { pathText } from "../field/path-text.ts";
import { quoted } from "../contract/printable.ts";
import type { PathStep, Problem } from "../field/problem.ts";

/** Where the claim of a volume goes in a Pod, or why it cannot go there. */
export type Placement =
  | { readonly kind: "replace"; readonly index: number }
  | { readonly kind: "append" }
  | {
      readonly kind: "claimed";
      /** The claim, where its name alone says that it is one of ours. */
      readonly byName?: string;
      readonly index: number;
    }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

/**
 * Looks for a volume in a Pod: an emptyDir is the placeholder to replace, a volume that is mounted but not declared is
 * appended, as a StatefulSet does, and a claim of our making was put there by an earlier admission and stays. The label that says so
 * may be gone: kubectl and backup tools copy Pods without it.
 */
export function placeVolume(
  pod: V1Pod,
  { volume, block }: VolumeToPlace,
): Placement {
  const volumes = pod.spec?.volumes ?? [];
  const index = volumes.findIndex(({ name }) => name === volume);
  const declared = volumes[index];
  const again = declaredAgain(volumes, volume);
  if (again) return { kind: "refused", problems: [again] };
  const claim = declared?.persistentVolumeClaim?.claimName;
  if (claim !== undefined) {
    if (pod.metadata?.labels?.[CLAIM_LABEL_PREFIX + volume] !== undefined)
      return { kind: "claimed", index };
    if (hasReadableForm(claim, volume))
      return { kind: "claimed", index, byName: claim };
  }

  const problems = usageProblems(pod, volume, block);
  if (declared === undefined) {
    if (problems.length === 0 && !isUsed(pod, volume, block))
      problems.push({
        message: block
          ? `volume ${quoted(volume)} has volumeMode Block and is in no container's volumeDevices; name it there`
          : `volume ${quoted(volume)} is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it`,
        path: ["spec", "volumes"],
      });
    return problems.length > 0
      ? { kind: "refused", problems }
      : { kind: "append" };
  }
  const problem = placeholderProblem(declared, index, block);
  if (problem !== undefined) problems.unshift(problem);
  return problems.length > 0
    ? { kind: "refused", problems }
    : { kind: "replace", index };
}

/** The API server refuses such a Pod, but only after this program has made the claim. */
function declaredAgain(
  volumes: readonly V1Volume[],
  volume: string,
): Problem | undefined {
  const places = volumes.flatMap(({ name }, index) =>
    name === volume ? [index] : [],
  );
  const [, second] = places;
  return second === undefined
    ? undefined
    : {
        message: `volume ${quoted(volume)} is declared ${places.length} times in spec.volumes; declare it once`,
        path: ["spec", "volumes", second],
      };
}

/** What is wrong with a volume that is declared: only an empty directory on a disk gives way to a claim. */
function placeholderProblem(
  declared: V1Volume,
  index: number,
  block: boolean | undefined,
): Problem | undefined {
  const where = `spec.volumes[${index}] ${quoted(declared.name)}`;
  const path: PathStep[] = ["spec", "volumes", index];
  // A volume without a source is an emptyDir: that is the API's default.
  const [source = "emptyDir", other] = sourcesOf(declared);
  if (other !== undefined)
    return {
      message: `${where} has more than one source; only an emptyDir can become a claim`,
      path,
    };
  if (source !== "emptyDir")
    return {
      message: `${where} is of type ${source}; only an emptyDir can become a claim`,
      path,
    };
  if (block)
    return {
      message: `${where} is an emptyDir, which is no device for volumeMode Block; leave the volume out of spec.volumes`,
      path,
    };
  const medium = declared.emptyDir?.medium;
  return medium
    ? {
        message: `${where} is an emptyDir with medium ${quoted(medium)}, which is not a disk; leave medium out`,
        path,
      }
    : undefined;
}

function usageProblems(
  pod: V1Pod,
  volume: string,
  block: boolean | undefined,
): Problem[] {
  return [
    ...modeProblems(pod, volume, block),
    ...containersOf(pod).flatMap(({ path, container }) =>
      pathProblems(path, container, volume),
    ),
  ];
}

/** What the API server would refuse of the ways in which a container uses the volume, after this program has made the claim. */
function pathProblems(
  path: readonly PathStep[],
  { volumeMounts, volumeDevices }: V1Container,
  volume: string,
): Problem[] {
  const uses = [
    ...(volumeMounts ?? []).map(({ name, mountPath }, index) => ({
      name,
      at: mountPath,
      place: [...path, "volumeMounts", index],
    })),
    ...(volumeDevices ?? []).map(({ name, devicePath }, index) => ({
      name,
      at: devicePath,
      place: [...path, "volumeDevices", index],
    })),
  ];
  return uses.flatMap(({ name, at, place }, index) => {
    const before = uses
      .slice(0, index)
      .find(
        (other) => at && other.at === at && [name, other.name].includes(volume),
      );
    return before
      ? {
          message: `${pathText(place)} ${quoted(name)} has the path of ${pathText(before.place)} ${quoted(before.name)}, ${quoted(at)}; give each a path of its own`,
          path: place,
        }
      : [];
  });
}

/** A device cannot be mounted and a file system is no device: the kubelet would wait for ever. */
function modeProblems(
  pod: V1Pod,
  volume: string,
  block: boolean | undefined,
): Problem[] {
  if (block === undefined) return [];
  const wrong = block ? "volumeMounts" : "volumeDevices";
  return containersOf(pod).flatMap(({ path, container }) =>
    (container[wrong] ?? []).flatMap(({ name }, index) =>
      name === volume
        ? [
            {
              message: `${pathText([...path, wrong, index])} ${quoted(volume)} does not go with volumeMode ${block ? "Block; name the volume in volumeDevices" : "Filesystem; name the volume in volumeMounts or make it volumeMode: Block"}`,
              path: [...path, wrong, index],
            },
          ]
        : [],
    ),
  );
}

function isUsed(
  pod: V1Pod,
  volume: string,
  block: boolean | undefined,
): boolean {
  return containersOf(pod).some(({ container }) =>
    [
      ...(block === true ? [] : (container.volumeMounts ?? [])),
      ...(block === false ? [] : (container.volumeDevices ?? [])),
    ].some(({ name }) => name === volume),
  );
}

/** Ephemeral containers are no part of a Pod that is being created. */
function containersOf(
  pod: V1Pod,
): { readonly path: PathStep[]; readonly container: V1Container }[] {
  return (["containers", "initContainers"] as const).flatMap((list) =>
    (pod.spec?.[list] ?? []).map((container, index) => ({
      path: ["spec", list, index],
      container,
    })),
  );
}

function sourcesOf(volume: V1Volume): string[] {
  return Object.keys(volume).filter((key) => key !== "name");
}
