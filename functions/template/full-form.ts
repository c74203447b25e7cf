import { CLAIM_NAME_LABEL, TEMPLATE_TEMPLATES } from "../contract/keys.ts";
import { quoted } from "../contract/printable.ts";
import { annotationProblem } from "../field/problem.ts";
import type { Problem } from "../field/problem.ts";
import { pathText } from "../field/path-text.ts";
import { dropFrom } from "./dropped.ts";
import { volumeProblem } from "./field-rules.ts";
import { describeFinding, fieldsOf } from "../field/finding.ts";
import type { Finding } from "../field/finding.ts";
import { lifeCycleIn } from "./life-cycle.ts";
import type { LifeCycle } from "./life-cycle.ts";
import { withoutNulls } from "./shape.ts";
import { templateFindings, templateOf } from "./template-findings.ts";
import { readTemplateList } from "./template-list.ts";
import type {
  ReadForm,
  VolumeClaimTemplate,
  VolumeToPlace,
} from "./template.ts";

/** No cloud attaches more volumes to a node, and each of them is a request to the API server in the few seconds of one admission. */
const MAX_TEMPLATES = 128;

/** Reads the full form; `pod` is the life cycle that holds for all volumes, and what is wrong goes to `problems`. */
export async function readFullForm(
  text: string,
  pod: LifeCycle,
  problems: Problem[],
): Promise<ReadForm> {
  const list = await readTemplateList(text);
  if (list.kind === "none") {
    problems.push(annotationProblem(TEMPLATE_TEMPLATES, list.says, list.place));
    return { templates: [], lifeCycles: undefined, volumes: [], warnings: [] };
  }
  if (list.items.length > MAX_TEMPLATES) {
    problems.push(
      annotationProblem(
        TEMPLATE_TEMPLATES,
        `: has ${list.items.length} templates; a Pod can have ${MAX_TEMPLATES}`,
      ),
    );
    return { templates: [], lifeCycles: undefined, volumes: [], warnings: [] };
  }

  const templates: VolumeClaimTemplate[] = [];
  const lifeCycles: LifeCycle[] = [];
  const volumes: VolumeToPlace[] = [];
  const warnings: Problem[] = [];
  const places = new Map<string, number>();
  for (const [index, item] of list.items.entries()) {
    const { template: value, dropped } = dropFrom(withoutNulls(item));
    const { name, annotations } = fieldsOf(fieldsOf(value)["metadata"]);
    const own = lifeCycleIn(fieldsOf(annotations));
    lifeCycles.push(own);
    const findings = [
      ...templateFindings(value, pod),
      ...nameFindings(name, index, places),
    ];
    const who = `template ${typeof name === "string" ? quoted(name) : index + 1}`;
    for (const finding of findings)
      problems.push(
        annotationProblem(
          TEMPLATE_TEMPLATES,
          `: ${who}: ${describeFinding(finding)}`,
          [index, ...finding.path],
        ),
      );
    for (const { path, why } of dropped)
      warnings.push(
        annotationProblem(
          TEMPLATE_TEMPLATES,
          `: ${who}: ${pathText(path)} is dropped: ${why}`,
          [index, ...path],
        ),
      );
    if (findings.length === 0) templates.push(templateOf(value, own));
    if (typeof name === "string" && places.get(name) === index)
      volumes.push(...volumeToPlace(name, fieldsOf(value)["spec"]));
  }
  return { templates, lifeCycles, volumes, warnings };
}

function volumeToPlace(volume: string, spec: unknown): VolumeToPlace[] {
  if (volumeProblem(volume) !== undefined) return [];
  const { volumeMode = "Filesystem" } = fieldsOf(spec);
  const isKnown = volumeMode === "Block" || volumeMode === "Filesystem";
  return [{ volume, block: isKnown ? volumeMode === "Block" : undefined }];
}

/** What is wrong with a name among others; `places` has those that came before. */
function* nameFindings(
  name: unknown,
  index: number,
  places: Map<string, number>,
): Generator<Finding> {
  if (typeof name !== "string") return;
  const path = ["metadata", "name"];
  const first = places.get(name);
  if (first !== undefined)
    yield {
      path,
      value: name,
      says: `is the name of template ${first + 1} already; a volume has one claim`,
    };
  else places.set(name, index);
  if (index > 0 && name === CLAIM_NAME_LABEL.split("/")[1])
    yield {
      path,
      value: name,
      says: `would need the Pod label ${CLAIM_NAME_LABEL}, which names the first template's claim; put this template first or name the volume otherwise`,
    };
}
