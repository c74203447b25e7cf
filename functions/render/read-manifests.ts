import { LineCounter, parseAllDocuments } from "yaml";
import type {
  Document,
  DocumentOptions,
  ParseOptions,
  SchemaOptions,
  YAMLParseError,
} from "yaml";
import { isDeeperThan } from "../template/max-depth.ts";
import { errorMessage } from "../kubernetes/error-message.ts";
import { isFields } from "../field/finding.ts";
import type { Fields } from "../field/finding.ts";
import type { TextPlace } from "../field/problem.ts";
import { readAsKubectl, refusedText } from "./kubectl-differences.ts";
import { objectsIn } from "./list-items.ts";
import { locatorOf, placeFrom } from "./locate.ts";
import type { ManifestFile } from "./manifest-files.ts";
import type { ReadManifests } from "./manifest.ts";
import { explicitTags, plainScalarTag } from "./plain-scalars.ts";
import { splitDocuments, withLineFeeds } from "./split-documents.ts";
import type { DocumentText } from "./split-documents.ts";
import { templateActionIn } from "./template-action.ts";

/** Times that an anchor counts in one document, its own among them: more than any program writes, few enough that a hostile file cannot fill the memory. */
const MAX_ALIASES = 10_000;

/** The deepest fields of custom resources are some twenty levels down; more is an anchor that contains itself. */
const MAX_DEPTH = 100;
const TOO_DEEP = "is nested too deeply for a Kubernetes object";

const PARSING = {
  schema: "failsafe",
  customTags: [plainScalarTag, ...explicitTags],
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
    // One is enough for the whole of a chart's file.
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
  // Without any document it is an empty array all the same.
  const [document, ...more] = parseAllDocuments(text, {
    ...PARSING,
    lineCounter: lines,
  }) as Document.Parsed[];
  const refused = (offset: number, message: string): ReadManifests => {
    const { line, col: column } = lines.linePos(offset);
    const place = placeFrom(start, { line, column });
    return { manifests: [], problems: [{ file, ...place, message }] };
  };

  const refusal = kind === "yaml" ? refusedText(text) : undefined;
  if (refusal) return refused(refusal.offset, refusal.message);
  if (!document) return { manifests: [], problems: [] };
  // More than the first are most often consequences of it.
  const [error] = document.errors;
  if (error) {
    const action = templateActionIn(text, error.pos[0] + 1, isYaml);
    return action === undefined
      ? refused(error.pos[0], describeError(error))
      : refused(action, IS_TEMPLATE);
  }
  const unread = more.find(({ contents }) => contents !== null);
  if (unread)
    return refused(
      unread.range[0],
      "is one more document, which kubectl leaves out; write a line with --- before it",
    );
  const difference =
    kind === "yaml" ? readAsKubectl(document, text) : undefined;
  if (difference) return refused(difference.offset, difference.message);
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
  return (offset) => {
    const { line, col: column } = lines.linePos(offset);
    return { line, column };
  };
}

/** The object in a document, nothing if it is empty, or what is wrong with it. */
function objectOf(document: Document.Parsed): Fields | string | undefined {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return `cannot be read: ${oneLine(errorMessage(error))}`;
  }
  if (value === null || value === undefined) return undefined;
  if (isDeeperThan(MAX_DEPTH, value)) return TOO_DEEP;
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

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
