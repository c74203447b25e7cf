import { expect } from "chai";
import { parseTemplates } from "../../../functions/template/parse.ts";
import { spec } from "./malformed.ts";
import { parsed } from "./parsed.ts";

describe("the short form", () => {
  it("is not there without an annotation under the prefix", async () => {
    expect(await parseTemplates(undefined)).to.deep.equal({ kind: "none" });
    const others = { "prometheus.io/scrape": "true", "volume-claim/name": "x" };
    expect(await parseTemplates(others)).to.deep.equal({ kind: "none" });
  });

  it("asks for ReadWriteOnce and for nothing else that is not written", async () => {
    expect(await parsed({ name: "cache", storage: "1Gi" })).to.deep.equal({
      kind: "templates",
      templates: [{ volume: "cache", spec, lifeCycle: {} }],
      volumes: [{ volume: "cache", block: false }],
      warnings: [],
    });
  });

  it("passes on every key, and an empty class as no class", async () => {
    const { templates } = await parsed({
      name: "cache",
      storage: "1Gi",
      "storage-class": "",
      "access-modes": "ReadWriteMany, ReadOnlyMany",
      retention: "Retain",
      "idle-ttl": "36h",
      "finished-pods": "Release",
    });
    expect(templates).to.deep.equal([
      {
        volume: "cache",
        spec: {
          ...spec,
          accessModes: ["ReadWriteMany", "ReadOnlyMany"],
          storageClassName: "",
        },
        lifeCycle: {
          "volume-claim-template/retention": "Retain",
          "volume-claim-template/idle-ttl": "36h",
          "volume-claim-template/finished-pods": "Release",
        },
      },
    ]);
  });
});
