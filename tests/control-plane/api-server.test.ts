import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import {
  sharedControlPlane,
  startTimeoutMs,
} from "../support/shared-control-plane.ts";
import { startApiServer } from "./api-server.ts";
import type { Binaries } from "./binaries.ts";
import { createCertificateAuthority } from "./certificates.ts";
import { controlPlaneFiles, writeServerFiles } from "./control-plane-files.ts";
import { freePort } from "./free-port.ts";
import { makeInstanceDirectories } from "./instance-directories.ts";
import { createProcesses } from "./processes.ts";

describe("startApiServer", function () {
  this.timeout(60_000);

  let binaries: Binaries;

  before(async function () {
    this.timeout(startTimeoutMs);
    ({ binaries } = await sharedControlPlane());
  });

  async function startAt(ports: readonly number[]) {
    const { directory, dataDirectory } = await makeInstanceDirectories();
    const processes = await createProcesses(directory, dataDirectory);
    try {
      const files = controlPlaneFiles(directory, dataDirectory);
      const ca = await createCertificateAuthority();
      const { adminToken } = await writeServerFiles(files, ca);
      const left = [...ports];
      return await startApiServer(binaries, processes, files, ca, {
        auditLog: false,
        flags: [],
        adminToken,
        choosePort: async () => left.shift() ?? freePort(),
      });
    } finally {
      await processes.stop();
    }
  }

  it("takes another port when somebody was faster, and gives up after three", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    try {
      const address = squatter.address();
      const taken = typeof address === "object" ? (address?.port ?? 0) : 0;
      const free = await freePort();

      const { server } = await startAt([taken, free]);
      expect(server).to.equal(`https://127.0.0.1:${free}`);

      const error: unknown = await startAt([taken, taken, taken, free]).catch(
        (reason: unknown) => reason,
      );
      expect(String(error)).to.match(
        /^ProcessFailure: kube-apiserver ended .*\n(.*\n)*.*address already in use/,
      );
    } finally {
      squatter.close();
    }
  });
});
