import { expect } from "chai";
import { parsed, parsedWith } from "./parsed-annotations.ts";

describe("parseTemplates", () => {
  it("is none without our annotations", async () => {
    expect(await parsed(undefined)).to.deep.equal({ kind: "none" });
    expect(
      await parsed({
        "prometheus.io/scrape": "true",
        "volume-claim/name": "x",
      }),
    ).to.deep.equal({ kind: "none" });
  });

  it("reads name and storage and invents nothing but the access mode", async () => {
    expect(await parsedWith({})).to.deep.equal({
      kind: "templates",
      templates: [
        {
          volume: "cache",
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
          },
          lifeCycle: {},
        },
      ],
      volumes: [{ volume: "cache", block: false }],
      warnings: [],
    });
  });

  it("reads every key of the short form", async () => {
    expect(
      await parsedWith({
        "storage-class": "fast",
        "access-modes": "ReadWriteMany, ReadOnlyMany",
        retention: "Retain",
        "idle-ttl": "36h",
        "finished-pods": "Release",
      }),
    ).to.deep.equal({
      kind: "templates",
      templates: [
        {
          volume: "cache",
          spec: {
            accessModes: ["ReadWriteMany", "ReadOnlyMany"],
            resources: { requests: { storage: "1Gi" } },
            storageClassName: "fast",
          },
          lifeCycle: {
            "volume-claim-template/retention": "Retain",
            "volume-claim-template/idle-ttl": "36h",
            "volume-claim-template/finished-pods": "Release",
          },
        },
      ],
      volumes: [{ volume: "cache", block: false }],
      warnings: [],
    });
  });

  it("keeps an empty storage class, which means no class", async () => {
    const outcome = await parsedWith({ "storage-class": "" });
    expect(outcome).to.have.nested.property(
      "templates[0].spec.storageClassName",
      "",
    );
  });
});
