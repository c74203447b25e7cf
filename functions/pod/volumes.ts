import type { V1Container, V1Pod, V1Volume } from "@kubernetes/client-node";
import { hasReadableForm } from "../contract/readable-name.ts";
import { CLAIM_LABEL_PREFIX } from "../contract/keys.ts";
import { quoted } from "../contract/printable.ts";
import type { FieldError } from "../field/field-error.ts";
import { pathText } from "../field/path.ts";
import type { PathStep } from "../field/path.ts";
import type { ClaimVolume } from "../template/template.ts";

/** What happens to a volume in the Pod. */
export type PodVolume =
  | { readonly kind: "replace"; readonly index: number }
  | { readonly kind: "append" }
  | {
      readonly kind: "keep";
      /** The name of the claim, when it is recognised by that alone. */
      readonly byName?: string;
      readonly index: number;
    }
  | { readonly kind: "invalid"; readonly errors: readonly FieldError[] };

/**
 * Decides what happens to a volume. An emptyDir is a placeholder and is replaced. A volume that is mounted but not declared is
 * appended, as in a StatefulSet. A claim from an earlier admission is kept. The Pod label that marks such a claim may be
 * missing, because kubectl and backup tools copy Pods without it: then the form of its name decides.
 */
export function resolveVolume(
  pod: V1Pod,
  { volume, block }: ClaimVolume,
): PodVolume {
  const volumes = pod.spec?.volumes ?? [];
  const index = volumes.findIndex(({ name }) => name === volume);
  const declared = volumes[index];
  const again = declaredAgain(volumes, volume);
  if (again) return { kind: "invalid", errors: [again] };
  const claim = declared?.persistentVolumeClaim?.claimName;
  if (claim !== undefined) {
    if (pod.metadata?.labels?.[CLAIM_LABEL_PREFIX + volume] !== undefined)
      return { kind: "keep", index };
    if (hasReadableForm(claim, volume))
      return { kind: "keep", index, byName: claim };
  }

  const errors = usageErrors(pod, volume, block);
  if (declared === undefined) {
    if (errors.length === 0 && !isUsed(pod, volume, block))
      errors.push({
        path: ["spec", "volumes"],
        subject: volumeSubject(volume),
        detail: block
          ? "has volumeMode Block and is in no container's volumeDevices; name it there"
          : "is neither in spec.volumes nor in any container's volumeMounts; declare it as an emptyDir or mount it",
      });
    return errors.length > 0 ? { kind: "invalid", errors } : { kind: "append" };
  }
  const detail = placeholderProblem(declared, block);
  if (detail !== undefined)
    errors.unshift(errorAt(["spec", "volumes", index], volume, detail));
  return errors.length > 0
    ? { kind: "invalid", errors }
    : { kind: "replace", index };
}

/** How messages name a volume, also one that is not in spec.volumes. */
export function volumeSubject(volume: string): string {
  return `volume ${quoted(volume)}`;
}

/** An error in an item of a list. The message gives its path and its name. */
function errorAt(
  path: readonly PathStep[],
  name: string,
  detail: string,
): FieldError {
  return { path, subject: `${pathText(path)} ${quoted(name)}`, detail };
}

/** The API server rejects such a Pod, but only after the function has created the claim. */
function declaredAgain(
  volumes: readonly V1Volume[],
  volume: string,
): FieldError | undefined {
  const places = volumes.flatMap(({ name }, index) =>
    name === volume ? [index] : [],
  );
  const [, second] = places;
  return second === undefined
    ? undefined
    : {
        path: ["spec", "volumes", second],
        subject: volumeSubject(volume),
        detail: `is declared ${places.length} times in spec.volumes; declare it once`,
      };
}

/** Why a declared volume cannot be replaced by a claim, as a detail: only an emptyDir on a disk can. */
function placeholderProblem(
  declared: V1Volume,
  block: boolean | undefined,
): string | undefined {
  // A volume without a source is an emptyDir: that is the API's default.
  const [source = "emptyDir", other] = sourcesOf(declared);
  if (other !== undefined)
    return "has more than one source; only an emptyDir can become a claim";
  if (source !== "emptyDir")
    return `is of type ${source}; only an emptyDir can become a claim`;
  if (block)
    return "is an emptyDir, which is not a device for volumeMode Block; leave the volume out of spec.volumes";
  const medium = declared.emptyDir?.medium;
  return medium
    ? `is an emptyDir with medium ${quoted(medium)}, which is not a disk; leave medium out`
    : undefined;
}

function usageErrors(
  pod: V1Pod,
  volume: string,
  block: boolean | undefined,
): FieldError[] {
  return [
    ...modeErrors(pod, volume, block),
    ...containersOf(pod).flatMap(({ path, container }) =>
      pathErrors(path, container, volume),
    ),
  ];
}

/** The API server rejects a container that uses one path twice, but only after the function has created the claim. */
function pathErrors(
  path: readonly PathStep[],
  { volumeMounts, volumeDevices }: V1Container,
  volume: string,
): FieldError[] {
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
      ? errorAt(
          place,
          name,
          `has the path of ${pathText(before.place)} ${quoted(before.name)}, ${quoted(at)}; give each a path of its own`,
        )
      : [];
  });
}

/** A device cannot be mounted, and a file system is not a device: the kubelet would wait for ever. */
function modeErrors(
  pod: V1Pod,
  volume: string,
  block: boolean | undefined,
): FieldError[] {
  if (block === undefined) return [];
  const wrong = block ? "volumeMounts" : "volumeDevices";
  return containersOf(pod).flatMap(({ path, container }) =>
    (container[wrong] ?? []).flatMap(({ name }, index) =>
      name === volume
        ? errorAt(
            [...path, wrong, index],
            volume,
            `does not go with volumeMode ${block ? "Block; name the volume in volumeDevices" : "Filesystem; name the volume in volumeMounts or make it volumeMode: Block"}`,
          )
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

/** A Pod that is being created has no ephemeral containers. */
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
