import {
  DEFAULT_ACCESS_MODES,
  TEMPLATE_ACCESS_MODES,
  TEMPLATE_DATA_SOURCE,
  TEMPLATE_NAME,
  TEMPLATE_STORAGE,
  TEMPLATE_STORAGE_CLASS,
} from "../contract/keys.ts";
import { quoted } from "../contract/printable.ts";
import { annotationError } from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import { rejectedValue } from "../field/value.ts";
import { dataSourceOf, dataSourceProblem, referenceTo } from "./data-source.ts";
import {
  modesTogetherProblem,
  storageClassProblem,
  storageProblem,
  volumeProblem,
} from "./spec.ts";
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

/** White space as the policy's language defines it; `trim()` also removes a byte order mark. */
const SPACE_AROUND = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** One annotation: a valid value, an error, or neither when it is not set. */
interface ReadKey {
  readonly value?: string;
  readonly errors: readonly FieldError[];
}

/** Reads the short form. */
export function readShortForm(given: ReadonlyMap<string, string>): ReadForm {
  const name = readRequired(
    given,
    TEMPLATE_NAME,
    volumeProblem,
    "the name of the Pod volume that becomes a claim",
  );
  const size = readRequired(
    given,
    TEMPLATE_STORAGE,
    storageProblem,
    "the size of each claim, such as 10Gi",
  );
  const storageClass = read(given, TEMPLATE_STORAGE_CLASS, storageClassProblem);
  const modes = read(given, TEMPLATE_ACCESS_MODES, accessModesProblem);
  const source = read(given, TEMPLATE_DATA_SOURCE, dataSourceProblem);

  const { value: volume } = name;
  const { value: storage } = size;
  const { value: storageClassName } = storageClass;
  const dataSource =
    source.value === undefined ? undefined : dataSourceOf(source.value);
  const reference = dataSource && referenceTo(dataSource);
  const templates =
    volume === undefined || storage === undefined
      ? []
      : [
          {
            volume,
            spec: {
              accessModes:
                modes.value === undefined
                  ? DEFAULT_ACCESS_MODES
                  : splitModes(modes.value),
              resources: { requests: { storage } },
              ...(storageClassName !== undefined && { storageClassName }),
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
    errors: [name, size, storageClass, modes, source].flatMap(
      ({ errors }) => errors,
    ),
  };
}

function readRequired(
  given: ReadonlyMap<string, string>,
  key: string,
  problemOf: (value: string) => string | undefined,
  meaning: string,
): ReadKey {
  return given.has(key)
    ? read(given, key, problemOf)
    : { errors: [annotationError(key, `is missing: it gives ${meaning}`)] };
}

function read(
  given: ReadonlyMap<string, string>,
  key: string,
  problemOf: (value: string) => string | undefined,
): ReadKey {
  const value = given.get(key);
  if (value === undefined) return { errors: [] };
  const detail = problemOf(value);
  return detail === undefined
    ? { value, errors: [] }
    : { errors: [annotationError(key, rejectedValue(value, detail), value)] };
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
