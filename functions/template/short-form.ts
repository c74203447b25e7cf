import {
  DEFAULT_ACCESS_MODES,
  TEMPLATE_ACCESS_MODES,
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_STORAGE_CLASS,
} from "../contract/keys.ts";
import { quoted } from "../contract/printable.ts";
import { annotationProblem } from "../field/problem.ts";
import type { Problem } from "../field/problem.ts";
import { dataSourceOf, dataSourceProblem, referenceTo } from "./data-source.ts";
import {
  modesTogetherProblem,
  storageClassProblem,
  storageProblem,
  volumeProblem,
} from "./field-rules.ts";
import { refusedValue } from "../field/refused-value.ts";
import type { ReadForm } from "./template.ts";

/** Keys of the short form, which describe one volume. */
export const SHORT_FORM_KEYS: readonly string[] = [
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_STORAGE_CLASS,
  TEMPLATE_ACCESS_MODES,
  TEMPLATE_DATA_SOURCE,
];

const ACCESS_MODES: readonly string[] = [
  "ReadWriteOnce",
  "ReadOnlyMany",
  "ReadWriteMany",
  "ReadWriteOncePod",
];

/** As the policy's language has it; `trim()` takes a byte order mark away as well. */
const SPACE_AROUND = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** Reads the short form; what is wrong goes to `problems`. */
export function readShortForm(
  given: ReadonlyMap<string, string>,
  problems: Problem[],
): ReadForm {
  const volume = read(
    TEMPLATE_NAME,
    volumeProblem,
    "the name of the Pod volume that becomes a claim",
  );
  const storage = read(
    TEMPLATE_STORAGE,
    storageProblem,
    "the size of each claim, such as 10Gi",
  );
  const storageClassName = read(TEMPLATE_STORAGE_CLASS, storageClassProblem);
  const modes = read(TEMPLATE_ACCESS_MODES, accessModesProblem);
  const source = read(TEMPLATE_DATA_SOURCE, dataSourceProblem);
  const dataSource = source === undefined ? undefined : dataSourceOf(source);
  const reference = dataSource && referenceTo(dataSource);

  const templates =
    volume === undefined || storage === undefined
      ? []
      : [
          {
            volume,
            spec: {
              accessModes:
                modes === undefined ? DEFAULT_ACCESS_MODES : splitModes(modes),
              resources: { requests: { storage } },
              ...(storageClassName === undefined ? {} : { storageClassName }),
              ...(reference && { dataSource: reference }),
            },
            ...(dataSource && { dataSource }),
            lifeCycle: {},
          },
        ];
  return {
    templates,
    lifeCycles: [{}],
    volumes: volume === undefined ? [] : [{ volume, block: false }],
    warnings: [],
  };

  /** The value of `key` when it is there and sound. */
  function read(
    key: string,
    problemOf: (value: string) => string | undefined,
    required?: string,
  ): string | undefined {
    const value = given.get(key);
    if (value === undefined) {
      if (required !== undefined)
        problems.push(
          annotationProblem(key, ` is missing: it gives ${required}`),
        );
      return undefined;
    }
    const says = problemOf(value);
    if (says === undefined) return value;
    problems.push(
      annotationProblem(key, `: ${quoted(value)} ${refusedValue(value, says)}`),
    );
    return undefined;
  }
}

function accessModesProblem(value: string): string | undefined {
  const modes = splitModes(value);
  const unknown = modes.filter((mode) => !ACCESS_MODES.includes(mode));
  return unknown.length > 0
    ? `has the unknown mode ${unknown.map(quoted).join(", ")}; known are ${ACCESS_MODES.join(", ")}`
    : modesTogetherProblem(modes);
}

function splitModes(value: string): string[] {
  return value.split(",").map((mode) => mode.replace(SPACE_AROUND, ""));
}
