import { plusMetadata, one, life } from "./malformed-case.ts";
import type { MalformedCase } from "./malformed-case.ts";

/** Life cycles that contradict themselves or are none. */
export const MALFORMED_LIFE_CYCLES: readonly MalformedCase[] = [
  one(
    "a retention to come, on a template",
    plusMetadata("annotations: {volume-claim-template/retention: Reuse}"),
    'metadata.annotations["volume-claim-template/retention"]: "Reuse" is not supported: it comes later; this version knows Delete and Retain',
  ),
  one(
    "an idle-ttl on a template that is not retained",
    plusMetadata("annotations: {volume-claim-template/idle-ttl: 7d}"),
    'metadata.annotations["volume-claim-template/idle-ttl"]: "7d" contradicts volume-claim-template/retention: Delete, with which a claim goes when its Pod goes; set volume-claim-template/retention: Retain or leave it out',
  ),
  one(
    "a template that is not retained, against its Pod, and has an idle-ttl",
    plusMetadata(
      "annotations: {volume-claim-template/retention: Delete, volume-claim-template/idle-ttl: 7d}",
    ),
    'metadata.annotations["volume-claim-template/idle-ttl"]: "7d" contradicts volume-claim-template/retention: Delete, with which a claim goes when its Pod goes; set volume-claim-template/retention: Retain or leave it out',
    { retention: "Retain" },
  ),
  life(
    "a retention to come",
    { retention: "Reuse" },
    'retention: "Reuse" is not supported: it comes later; this version knows Delete and Retain',
  ),
  life(
    "a retention in lower case",
    { retention: "retain" },
    'retention: "retain" is not supported; known are Delete, Retain',
  ),
  life(
    "an idle-ttl without a retention",
    { "idle-ttl": "36h" },
    'idle-ttl: "36h" contradicts volume-claim-template/retention: Delete, with which a claim goes when its Pod goes; set volume-claim-template/retention: Retain or leave it out',
  ),
  life(
    "an idle-ttl of nothing",
    { retention: "Retain", "idle-ttl": "0s" },
    'idle-ttl: "0s" must be greater than zero',
  ),
  life(
    "an idle-ttl in weeks",
    { retention: "Retain", "idle-ttl": "2w" },
    'idle-ttl: "2w" is not a duration; write it like 36h or 7d',
  ),
  life(
    "a truth value for finished-pods",
    { "finished-pods": "true" },
    'finished-pods: "true" is not supported; known are Keep, Release',
  ),
];
