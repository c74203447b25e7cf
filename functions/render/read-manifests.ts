import { LineCounter, parseAllDocuments } from "yaml";
import type {
  Document,
  DocumentOptions,
  ParseOptions,
  SchemaOptions,
  YAMLParseError,
} from "yaml";
import { invisibleIn } from "../contract/printable.ts";
import { invisibleCharacter, isFields } from "../field/value.ts";
import type { Fields } from "../field/value.ts";
import { TOO_DEEP, yamlValue } from "../field/yaml-value.ts";
import type { YamlBounds } from "../field/yaml-value.ts";
import { fieldMessage } from "../field/field-error.ts";
import type { PathStep, TextPlace } from "../field/path.ts";
import {
  readAsKubectl,
  rejectedText,
  scalarTags,
  splitDocuments,
  withLineFeeds,
} from "./kubectl-yaml.ts";
import type { DocumentText } from "./kubectl-yaml.ts";
import { locatorOf, placeAt, placeFrom } from "./locate-problem.ts";
import type { Locate, LocatedProblem } from "./locate-problem.ts";
import type { ManifestFile } from "./manifest-files.ts";

/** One Kubernetes object of a file. */
export interface Manifest {
  readonly file: string;
  readonly object: Fields;
  /** Finds the place of a field in the file. */
  readonly locate: Locate;
}

/** The objects of a file, or what is wrong with its YAML. */
interface ReadManifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly LocatedProblem[];
}

const BOUNDS: YamlBounds = {
  // No program needs as many uses of an anchor, and a hostile file cannot fill the memory.
  maxAliasCount: 10_000,
  // The deepest fields of custom resources are about twenty levels down.
  maxDepth: 100,
};

const PARSING = {
  schema: "failsafe",
  customTags: [...scalarTags],
  merge: true,
  stringKeys: true,
  prettyErrors: false,
  logLevel: "silent",
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions;

const IS_TEMPLATE =
  "is a template ({{ ... }}), not a manifest; render the chart first, for example with helm template";

/** Reads a file as kubectl does, with several documents and with Lists. */
export function readManifests({ file, text }: ManifestFile): ReadManifests {
  const split = splitDocuments(text);
  const placeOf = placesIn(withLineFeeds(text));
  const read = split.documents.map((document) =>
    readDocument(file, document, placeOf(document.offset)),
  );
  const problems = [
    ...read.flatMap((each) => each.problems),
    ...split.problems.map(({ offset, message }) => ({
      file,
      ...placeOf(offset),
      message,
    })),
  ];
  const firstOfTemplate = problems.find(
    ({ message }) => message === IS_TEMPLATE,
  );
  return {
    manifests: read.flatMap(({ manifests }) => manifests),
    // A chart's template gets this message once.
    problems: problems.filter(
      (problem) =>
        problem.message !== IS_TEMPLATE || problem === firstOfTemplate,
    ),
  };
}

function readDocument(
  file: string,
  { kind, text }: DocumentText,
  start: TextPlace,
): ReadManifests {
  const lines = new LineCounter();
  // For an empty text the parser returns an empty array of another type.
  const [document, ...more] = parseAllDocuments(text, {
    ...PARSING,
    lineCounter: lines,
  }) as Document.Parsed[];
  const rejected = (offset: number, message: string): ReadManifests => {
    const place = placeFrom(start, placeAt(lines, offset));
    return { manifests: [], problems: [{ file, ...place, message }] };
  };

  const rejection = kind === "yaml" ? rejectedText(text) : undefined;
  if (rejection) return rejected(rejection.offset, rejection.message);
  if (!document) return { manifests: [], problems: [] };
  // The others are usually consequences of the first.
  const [error] = document.errors;
  if (error) {
    const action = templateActionIn(text, error.pos[0] + 1);
    return action === undefined
      ? rejected(
          error.pos[0],
          describeError(error) + invisibleBefore(text, error.pos[0], start),
        )
      : rejected(action, IS_TEMPLATE);
  }
  const unread = more.find(({ contents }) => contents !== null);
  if (unread)
    return rejected(
      unread.range[0],
      "is another document, which kubectl ignores; write a line with --- before it",
    );
  const difference =
    kind === "yaml" ? readAsKubectl(document, text) : undefined;
  if (difference) return rejected(difference.offset, difference.message);
  const locate = locatorOf({ document, lines, text, start });
  const object = objectOf(document);
  if (object === undefined) return { manifests: [], problems: [] };
  return typeof object === "string"
    ? {
        manifests: [],
        problems: [{ file, ...locate([]).place, message: object }],
      }
    : objectsIn({ file, object, locate });
}

function isYaml(text: string): boolean {
  return parseAllDocuments(text, PARSING).every(
    ({ errors }) => errors.length === 0,
  );
}

function placesIn(text: string): (offset: number) => TextPlace {
  const lines = new LineCounter();
  for (let end = 0; end >= 0;) {
    lines.addNewLine(end);
    const lineEnd = text.indexOf("\n", end);
    end = lineEnd < 0 ? -1 : lineEnd + 1;
  }
  return (offset) => placeAt(lines, offset);
}

/** The object in a document, nothing if it is empty, or what is wrong with it. */
function objectOf(document: Document.Parsed): Fields | string | undefined {
  const read = yamlValue(document, BOUNDS);
  if ("problem" in read) return read.problem;
  const { value } = read;
  if (value === null || value === undefined) return undefined;
  return isFields(value)
    ? value
    : "is not a Kubernetes object: it has no fields";
}

function describeError({ code, message }: YAMLParseError): string {
  if (code === "NON_STRING_KEY") return "has a key that is not a text";
  return code === "RESOURCE_EXHAUSTION"
    ? TOO_DEEP
    : `is not YAML: ${oneLine(message)}`;
}

/**
 * Names the last invisible character before the end of the line at `offset`, as the rest of a sentence. A manifest that was copied from
 * a web page often has no-break spaces, which look right, so the parser's message alone makes no sense.
 */
function invisibleBefore(
  text: string,
  offset: number,
  start: TextPlace,
): string {
  const lineEnd = text.indexOf("\n", offset);
  const lines = text.slice(0, lineEnd < 0 ? undefined : lineEnd).split("\n");
  const index = lines.findLastIndex((line) => invisibleIn(line) !== undefined);
  const character = invisibleIn(lines[index] ?? "");
  return character === undefined
    ? ""
    : `; ${invisibleCharacter(character)} is on line ${start.line + index}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** A template action, such as Helm's. It may span several lines, but not pages. */
const ACTION = /\{\{(?:(?!\}\})[^]){0,2000}\}\}/g;

/** Lines that contain only actions. Rendered, they are empty or further lines of YAML. */
const ACTIONS_ONLY = new RegExp(
  `^[^\\S\\n]*(?:${ACTION.source}[^\\S\\n]*)+$`,
  "gm",
);

/**
 * Finds the template action that causes the parser's error at `offset`. Returns undefined if there is none, or if the text without its
 * actions is not YAML either: an action in quotes is an ordinary text.
 */
function templateActionIn(text: string, offset: number): number | undefined {
  const starts = [...text.matchAll(ACTION)].map(({ index }) => index);
  if (starts.length === 0) return undefined;
  const withoutActions = text
    .replaceAll(ACTIONS_ONLY, (lines) => lines.replaceAll(/[^\n]/g, ""))
    .replaceAll(ACTION, (action) => "x".repeat(action.length));
  const lineEnd = text.indexOf("\n", offset);
  const errorLine = text.slice(
    text.lastIndexOf("\n", offset - 1) + 1,
    lineEnd < 0 ? text.length : lineEnd,
  );
  if (!errorLine.includes("{{") && !isYaml(withoutActions)) return undefined;
  // The parser points at the second brace, or at something after the action.
  return starts.findLast((start) => start <= offset) ?? starts[0];
}

/** The kind of a mixed list. Other lists end in it, such as DeploymentList. */
const LIST = "List";

/** The objects of a List, of Lists in it, or the one object itself. */
function objectsIn(manifest: Manifest): ReadManifests {
  const { file, object, locate } = manifest;
  const { kind, items } = object;
  if (typeof kind !== "string" || !kind.endsWith(LIST))
    return { manifests: [manifest], problems: [] };
  if (!Array.isArray(items))
    return kind === LIST && items !== undefined && items !== null
      ? rejected(["items"], items, "is not a list")
      : { manifests: [manifest], problems: [] };

  const read = items.map((item: unknown, index) =>
    isFields(item)
      ? objectsIn({
          file,
          object: { ...typeOfItems(object), ...item },
          locate: (path, inside) => locate(["items", index, ...path], inside),
        })
      : rejected(
          ["items", index],
          item,
          "is not a Kubernetes object: it has no fields",
        ),
  );
  return {
    manifests: read.flatMap(({ manifests }) => manifests),
    problems: read.flatMap(({ problems }) => problems),
  };

  function rejected(
    path: readonly PathStep[],
    value: unknown,
    detail: string,
  ): ReadManifests {
    const message = fieldMessage({ path, value, detail });
    return {
      manifests: [],
      problems: [{ file, ...locate(path).place, message }],
    };
  }
}

/** The items of a DeploymentList are Deployments and may omit their kind. */
function typeOfItems({ apiVersion, kind }: Fields): Fields {
  const ofItem = String(kind).slice(0, -LIST.length);
  if (ofItem === "") return {};
  return { ...(apiVersion !== undefined && { apiVersion }), kind: ofItem };
}
