/**
 * JSON schema of an AdmissionReview request, as far as we read it: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 * Fields that are not named here may hold anything, since newer API servers add some.
 */
const stringMap = {
  type: "object",
  nullable: true,
  additionalProperties: { type: "string" },
};

/** A list without elements may come as null: that is how Go writes an empty slice, such as the containers of a Pod that has none. */
const namedList = {
  type: "array",
  nullable: true,
  items: {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" } },
  },
};

const containers = {
  type: "array",
  nullable: true,
  items: {
    type: "object",
    properties: { volumeMounts: namedList, volumeDevices: namedList },
  },
};

const pod = {
  type: "object",
  properties: {
    metadata: {
      type: "object",
      properties: {
        name: { type: "string" },
        generateName: { type: "string" },
        namespace: { type: "string" },
        labels: stringMap,
        annotations: stringMap,
        ownerReferences: {
          type: "array",
          nullable: true,
          items: {
            type: "object",
            required: ["kind", "name", "uid"],
            properties: {
              kind: { type: "string" },
              name: { type: "string" },
              uid: { type: "string" },
              controller: { type: "boolean" },
            },
          },
        },
      },
    },
    spec: {
      type: "object",
      properties: {
        nodeName: { type: "string" },
        volumes: namedList,
        containers,
        initContainers: containers,
      },
    },
  },
};

export const admissionReviewSchema = {
  $id: "AdmissionReview",
  type: "object",
  required: ["apiVersion", "kind", "request"],
  properties: {
    apiVersion: { const: "admission.k8s.io/v1" },
    kind: { const: "AdmissionReview" },
    request: {
      type: "object",
      required: ["uid", "resource", "operation"],
      properties: {
        uid: { type: "string", minLength: 1, maxLength: 128 },
        resource: {
          type: "object",
          required: ["group", "version", "resource"],
          properties: {
            group: { type: "string" },
            version: { type: "string" },
            resource: { type: "string" },
          },
        },
        subResource: { type: "string" },
        namespace: {
          type: "string",
          pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
          maxLength: 63,
        },
        operation: { enum: ["CREATE", "UPDATE", "DELETE", "CONNECT"] },
        dryRun: { type: "boolean" },
        object: { ...pod, nullable: true },
      },
    },
  },
};
