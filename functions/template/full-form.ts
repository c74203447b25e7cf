import type { Document, LineCounter } from "yaml";
import { CLAIM_NAME_LABEL, TEMPLATE_TEMPLATES } from "../contract/keys.ts";
import { invisibleIn, printable, quoted } from "../contract/printable.ts";
import {
  annotationError,
  annotationTextError,
  itemError,
} from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import { placeText } from "../field/path.ts";
import type { PlaceInside } from "../field/path.ts";
import {
  fieldsOf,
  invisibleCharacter,
  rejectedValue,
  TEMPLATE_TEXT,
} from "../field/value.ts";
import { TOO_DEEP, yamlValue } from "../field/yaml-value.ts";
import type { YamlBounds } from "../field/yaml-value.ts";
import { errorMessage } from "../contract/error-message.ts";
import { lifeCycleIn } from "../contract/life-cycle.ts";
import type { LifeCycle } from "../contract/life-cycle.ts";
import { dropFrom } from "./metadata.ts";
import { withoutNulls } from "../contract/without-nulls.ts";
import { templateErrors, templateOf, volumeProblem } from "./spec.ts";
import type { ClaimVolume, ReadForm, VolumeClaimTemplate } from "./template.ts";

/** No cloud attaches more volumes to a node, and one admission has only seconds to create them all. */
const MAX_TEMPLATES = 128;

/**
 * Enough for a hundred templates of 300 characters. The parser needs up to 0.3 s for the worst text of this length, and four times
 * that for twice the length, while every other Pod waits.
 */
const MAX_LENGTH = 32 * 1024;

const BOUNDS: YamlBounds = {
  // Kubernetes' own limit for a YAML body is similar. Real manifests use an anchor a few times.
  maxAliasCount: 100,
  // The deepest field of a claim's spec is 7 levels down.
  maxDepth: 16,
};

/** A message of the parser may contain part of the text. */
const MAX_REASON_LENGTH = 200;

/** The templates in an annotation, not checked yet, or the error when the text has none. */
export type TemplateList =
  | { readonly kind: "list"; readonly items: readonly unknown[] }
  | { readonly kind: "invalid"; readonly error: FieldError };

/** Reads the full form; `pod` is the Pod's own life cycle, which holds for all volumes. */
export async function readFullForm(
  text: string,
  pod: LifeCycle,
): Promise<ReadForm> {
  const list = await readTemplateList(text);
  if (list.kind === "invalid") return unreadable(list.error);
  if (list.items.length > MAX_TEMPLATES)
    return unreadable(
      textError(
        `has ${list.items.length} templates; a Pod can have ${MAX_TEMPLATES}`,
      ),
    );

  const templates: VolumeClaimTemplate[] = [];
  const lifeCycles: LifeCycle[] = [];
  const volumes: ClaimVolume[] = [];
  const warnings: FieldError[] = [];
  const errors: FieldError[] = [];
  const places = new Map<string, number>();
  for (const [index, item] of list.items.entries()) {
    const { template: value, dropped } = dropFrom(withoutNulls(item));
    const { name, annotations } = fieldsOf(fieldsOf(value)["metadata"]);
    const own = lifeCycleIn(fieldsOf(annotations));
    lifeCycles.push(own);
    const first = typeof name === "string" ? places.get(name) : undefined;
    const ofTemplate = [
      ...templateErrors(value, pod),
      ...nameErrors(name, index, first),
    ];
    const who = `template ${typeof name === "string" ? quoted(name) : index + 1}`;
    const inAnnotation = (error: FieldError): FieldError =>
      itemError(TEMPLATE_TEMPLATES, index, who, error);
    errors.push(...ofTemplate.map(inAnnotation));
    warnings.push(...dropped.map(inAnnotation));
    if (ofTemplate.length === 0) templates.push(templateOf(value, own));
    if (typeof name === "string" && first === undefined) {
      places.set(name, index);
      volumes.push(...claimVolumes(name, fieldsOf(value)["spec"]));
    }
  }
  return { templates, lifeCycles, volumes, warnings, errors };
}

function unreadable(error: FieldError): ReadForm {
  return {
    templates: [],
    lifeCycles: undefined,
    volumes: [],
    warnings: [],
    errors: [error],
  };
}

function claimVolumes(volume: string, spec: unknown): ClaimVolume[] {
  if (volumeProblem(volume) !== undefined) return [];
  const { volumeMode = "Filesystem" } = fieldsOf(spec);
  const isKnown = volumeMode === "Block" || volumeMode === "Filesystem";
  return [{ volume, block: isKnown ? volumeMode === "Block" : undefined }];
}

/** Checks a name against the other templates. `first` is the index of the first template with this name; undefined if no template before has it. */
function nameErrors(
  name: unknown,
  index: number,
  first: number | undefined,
): FieldError[] {
  const path = ["metadata", "name"];
  return [
    ...(first === undefined
      ? []
      : [
          {
            path,
            value: name,
            detail: `is the name of template ${first + 1} already; a volume has one claim`,
          },
        ]),
    ...(index > 0 && name === CLAIM_NAME_LABEL.split("/")[1]
      ? [
          {
            path,
            value: name,
            detail: `would need the Pod label ${CLAIM_NAME_LABEL}, which names the first template's claim; put this template first or give the volume another name`,
          },
        ]
      : []),
  ];
}

/** Reads the value of the full form's annotation: one YAML or JSON document that is an array. */
export async function readTemplateList(text: string): Promise<TemplateList> {
  if (text.length > MAX_LENGTH)
    return invalid(
      textError(
        `has ${text.length} characters, but at most ${MAX_LENGTH} are read`,
      ),
    );
  const parsed = await parseYaml(text);
  if ("error" in parsed)
    return invalid(
      templateActionError(text) ?? withInvisible(text, parsed.error),
    );
  const { value } = parsed;
  if (Array.isArray(value))
    return value.length > 0
      ? { kind: "list", items: value as unknown[] }
      : invalid(textError("has no template in it"));
  if (value === null || value === undefined)
    return invalid(
      annotationError(
        TEMPLATE_TEMPLATES,
        "is empty: it gives an array of templates as in a StatefulSet's volumeClaimTemplates",
      ),
    );
  const detail =
    typeof value === "object" && "volumeClaimTemplates" in value
      ? "must be the array alone; leave out the line volumeClaimTemplates:"
      : "must be an array of templates as in a StatefulSet's volumeClaimTemplates, each beginning with a dash";
  return invalid(
    textError(
      typeof value === "string" ? rejectedValue(value, detail) : detail,
    ),
  );
}

/** Loads the parser on first use, so that the short form, which most Pods have, does not wait for it. */
async function parseYaml(
  text: string,
): Promise<{ readonly value: unknown } | { readonly error: FieldError }> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, {
    // kubectl reads merge keys and plain tags only, whatever a %YAML line says.
    schema: "core",
    merge: true,
    resolveKnownTags: false,
    stringKeys: true,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const error = syntaxError(document, lines);
  if (error) return { error };
  const read = yamlValue(document, BOUNDS);
  return "problem" in read ? { error: textError(read.problem) } : read;
}

function syntaxError(
  { errors, warnings }: Document,
  lines: LineCounter,
): FieldError | undefined {
  const [first] = [...errors, ...warnings];
  if (first === undefined) return undefined;
  if (first.code === "RESOURCE_EXHAUSTION") return textError(TOO_DEEP);
  const { line, col: column } = lines.linePos(first.pos[0]);
  const place = { line, column };
  return textError(
    first.code === "MULTIPLE_DOCS"
      ? "has several YAML documents; put all templates into one array"
      : `is not YAML: ${placeText(place)}${reasonOf(first)}`,
    place,
  );
}

/**
 * The error of a text that is not YAML and has an action of a Go template in it. An action after a quote or a comment sign does not
 * count: it may be meant for another program.
 */
function templateActionError(text: string): FieldError | undefined {
  const found = /^[^"'#\n]*?(?=\{\{)/m.exec(text);
  if (!found) return undefined;
  const line = text.slice(0, found.index).split("\n").length;
  const place = { line, column: found[0].length + 1 };
  return textError(`${placeText(place)}${TEMPLATE_TEXT}`, place);
}

/** Names an invisible character: indentation by no-break spaces looks right, and the parser's message alone makes no sense. */
function withInvisible(text: string, error: FieldError): FieldError {
  const lines = text.split("\n");
  const index = lines.findIndex((line) => invisibleIn(line) !== undefined);
  const character = invisibleIn(lines[index] ?? "");
  return character === undefined
    ? error
    : {
        ...error,
        detail: `${error.detail}; ${invisibleCharacter(character)} is on line ${index + 1} of the text`,
      };
}

function textError(detail: string, place?: PlaceInside): FieldError {
  return annotationTextError(TEMPLATE_TEMPLATES, detail, place);
}

function invalid(error: FieldError): TemplateList {
  return { kind: "invalid", error };
}

function reasonOf(error: Error): string {
  const reason = errorMessage(error);
  return printable(
    reason.length > MAX_REASON_LENGTH
      ? `${reason.slice(0, MAX_REASON_LENGTH)}…`
      : reason,
  );
}
