import { fieldsOf, isFields } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import { quoted } from "../contract/printable.ts";
import type { PathStep, Problem } from "../field/problem.ts";
import type { Readable } from "./annotation-texts.ts";
import { pathText } from "../field/path-text.ts";

/** A list of a Pod that the function reads. */
interface PodList {
  /** Volumes and mounts are told by their names; containers are not, and those of a Knative Service have none. */
  readonly named: boolean;
  /** Lists in its items. */
  readonly within: Readonly<Record<string, PodList>>;
}

const MOUNTS: PodList = { named: true, within: {} };
const CONTAINERS: PodList = {
  named: false,
  within: { volumeMounts: MOUNTS, volumeDevices: MOUNTS },
};
const LISTS: Readonly<Record<string, PodList>> = {
  volumes: { named: true, within: {} },
  containers: CONTAINERS,
  initContainers: CONTAINERS,
};

/** Finds lists that are none or hold what does not belong there, as far as the function relies on them; what is sound goes on. */
export function readLists(template: Fields): Readable {
  const problems: Problem[] = [];
  const spec = fieldsOf(template["spec"]);
  if (spec["containers"] === undefined)
    problems.push(
      problem(
        ["spec", "containers"],
        " is missing: it lists what the Pod runs",
      ),
    );
  const sound = { ...spec, ...soundLists(spec, ["spec"], LISTS, problems) };
  return { template: { ...template, spec: sound }, problems };
}

function soundLists(
  fields: Fields,
  path: readonly PathStep[],
  lists: Readonly<Record<string, PodList>>,
  problems: Problem[],
): Fields {
  return Object.fromEntries(
    Object.entries(lists).flatMap(([key, list]) =>
      fields[key] === undefined
        ? []
        : [[key, soundItems(fields[key], [...path, key], list, problems)]],
    ),
  );
}

/** Items keep their places, by which other problems are told. */
function soundItems(
  value: unknown,
  path: readonly PathStep[],
  { named, within }: PodList,
  problems: Problem[],
): Fields[] {
  if (!Array.isArray(value)) {
    problems.push(problem(path, `: ${quoted(value)} is not a list`));
    return [];
  }
  return value.map((item: unknown, index) => {
    const place = [...path, index];
    const says = itemProblem(item, named);
    if (says !== undefined) {
      problems.push(problem(place, `: ${quoted(item)} ${says}`));
      return {};
    }
    const fields = fieldsOf(item);
    return { ...fields, ...soundLists(fields, place, within, problems) };
  });
}

function itemProblem(item: unknown, named: boolean): string | undefined {
  if (!isFields(item)) return named ? "has no name" : "has no fields";
  const { name } = item;
  if (!named || typeof name === "string") return undefined;
  return name === undefined
    ? "has no name"
    : `has the name ${quoted(name)}, which is not a text; write it in quotes`;
}

function problem(path: readonly PathStep[], says: string): Problem {
  return { message: `${pathText(path)}${says}`, path };
}
