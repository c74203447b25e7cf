import { expect } from "chai";
import { expectRefusal, REVIEW, serverSuite, TOKEN } from "./server-suite.ts";

describe("the secret path of the HTTP side of the function", () => {
  const suite = serverSuite();

  const wrong = [
    { name: "an unknown path", path: "/validate" },
    { name: "no secret path", path: "/mutate" },
    { name: "a wrong secret path", path: "/mutate/secret-path-9876543210" },
    { name: "more after the secret path", path: `/mutate/${TOKEN}/x` },
    {
      name: "a path that cannot be decoded",
      path: "/mutate/%E0%A4%A",
      status: 400,
      says: "Failed to decode",
    },
  ];
  for (const { name, path, status = 404, says = "not found" } of wrong) {
    it(`answers ${status} to ${name}, handles nothing and stays up`, async () => {
      const response = await suite.post(REVIEW, { path });
      await expectRefusal(suite, response, { status, says });
    });
  }

  it("answers 405 to another method, and only to whoever knows the secret path", async () => {
    const known = await fetch(`${suite.base}/mutate/${TOKEN}`);
    expect(known.status).to.equal(405);
    expect(known.headers.get("allow")).to.equal("POST");
    expect((await fetch(`${suite.base}/mutate/unknown`)).status).to.equal(404);
  });

  it("serves every token that is accepted at the moment, and no other", async () => {
    const next = "next-path-0123456789";
    const statuses = async (): Promise<number[]> => [
      (await suite.post(REVIEW)).status,
      (await suite.post(REVIEW, { path: `/mutate/${next}` })).status,
    ];
    expect(await statuses()).to.deep.equal([200, 404]);
    suite.tokens = [TOKEN, next];
    expect(await statuses()).to.deep.equal([200, 200]);
    suite.tokens = [next];
    expect(await statuses()).to.deep.equal([404, 200]);
    suite.tokens = [];
    expect(await statuses()).to.deep.equal([404, 404]);
  });

  it("never writes the secret path to its log", async () => {
    await suite.post(REVIEW);
    await suite.post("{");
    await suite.post(REVIEW, { path: `/mutate/${TOKEN}x` });
    expect(suite.log).not.to.have.lengthOf(0);
    expect(suite.log.join("")).not.to.include(TOKEN);
  });

  it("says nothing of what it is made of", async () => {
    const response = await suite.post("{", { path: "/" });
    expect(response.headers.has("x-powered-by")).to.equal(false);
    expect(await response.text()).to.equal('{"error":"not found"}');
  });
});
