import { fieldsOf } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import { quoted } from "../contract/printable.ts";
import type { Problem } from "../field/problem.ts";
import { groupOf, isNamesake } from "./known-kinds.ts";

/** How an object is called. */
export interface Workload {
  /** `Deployment/web`, as far as it says; `Job.batch.volcano.sh/web` for a kind that has the name of another one. */
  readonly title: string;
  /** Its name or generateName. */
  readonly name?: string;
  readonly namespace?: string;
}

/** What `object` says of itself. */
export function workloadOf(object: Fields): Workload {
  const metadata = fieldsOf(object["metadata"]);
  const kind = kindText(object);
  const name = textOf(metadata["name"]) ?? textOf(metadata["generateName"]);
  const namespace = textOf(metadata["namespace"]);
  const titled = [kind, name].filter((text) => text !== undefined);
  return {
    title: titled.length > 0 ? titled.join("/") : "object",
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}

function kindText(object: Fields): string | undefined {
  const kind = textOf(object["kind"]);
  const group = groupOf(object);
  return kind !== undefined && group && isNamesake(object)
    ? `${kind}.${group}`
    : kind;
}

/** What is wrong with the kind of an object that should have one. */
export function kindProblem({ kind }: Fields): Problem | undefined {
  if (textOf(kind) !== undefined) return undefined;
  const path = ["kind"];
  return kind === undefined || kind === null || kind === ""
    ? {
        message: "kind is missing: it says what this is, such as Deployment",
        path,
      }
    : { message: `kind: ${quoted(kind)} is not a text`, path };
}

/** A text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
