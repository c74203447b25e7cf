import { expect } from "chai";
import type { ApiRequest } from "../../../functions/kubernetes/api-server.ts";
import { clusterObjectsOn } from "../../../janitor/certificates/cluster-objects.ts";
import { withoutTokens } from "../../../janitor/certificates/command.ts";

describe("the certificates command at the API server", () => {
  it("changes an object only in the version that it has read, and tries once", async () => {
    const sent: ApiRequest[] = [];
    const objects = clusterObjectsOn(
      (request) => {
        sent.push(request);
        return Promise.reject(new Error("connection reset"));
      },
      { namespace: "ours", webhookConfiguration: "hook" },
      () => Promise.resolve(),
    );
    const secret = { type: "Opaque", labels: {}, annotations: {}, data: {} };
    for (const write of [
      objects.patchSecret("token", "41", secret),
      objects.patchWebhook("42", {}, []),
    ])
      expect(await write.catch(String)).to.include("connection reset");
    expect(
      sent.map(({ body, path }) => {
        const { metadata } = body as { metadata: { resourceVersion?: string } };
        return [path.split("/").at(-1), metadata.resourceVersion];
      }),
    ).to.deep.equal([
      ["token", "41"],
      ["hook", "42"],
    ]);
  });

  it("prints no token", () => {
    const printed: string[] = [];
    const { out, problem } = withoutTokens({
      out: (line) => printed.push(line),
      problem: (line) => printed.push(line),
    });
    out("path /mutate/0a1b-2c is set");
    problem('url: Invalid value: "https://x/mutate/0a1b_2c"');
    expect(printed).to.deep.equal([
      "path /mutate/(hidden) is set",
      'url: Invalid value: "https://x/mutate/(hidden)"',
    ]);
  });
});
