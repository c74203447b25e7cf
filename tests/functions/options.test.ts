import { expect } from "chai";
import { parseOptions } from "../../functions/options.ts";

describe("the settings of the function", () => {
  it("have defaults for everything", () => {
    expect(parseOptions({})).to.deep.equal({
      options: { port: 8080, logLevel: "info" },
    });
  });

  it("come from the environment", () => {
    expect(
      parseOptions({
        PORT: "9000",
        LOG_LEVEL: "debug",
        WEBHOOK_TOKEN: "a-token-of-16-up",
        TLS_CERT_DIR: "/tls",
      }),
    ).to.deep.equal({
      options: {
        port: 9000,
        logLevel: "debug",
        tokens: ["a-token-of-16-up"],
        certificateDirectory: "/tls",
      },
    });
  });

  it("count as absent when they are empty", () => {
    expect(
      parseOptions({
        PORT: "",
        LOG_LEVEL: "",
        WEBHOOK_TOKEN: "",
        TLS_CERT_DIR: "",
      }),
    ).to.deep.equal({ options: { port: 8080, logLevel: "info" } });
  });

  const wrong = [
    {
      name: "a port that is no number",
      env: { PORT: "http" },
      says: 'PORT must be integer, not "http"',
    },
    {
      name: "a port that is too large",
      env: { PORT: "70000" },
      says: "PORT must be <= 65535, not 70000",
    },
    {
      name: "an unknown level",
      env: { LOG_LEVEL: "loud" },
      says: 'LOG_LEVEL must be "debug" or "info" or "warn" or "error", not "loud"',
    },
  ];
  for (const { name, env, says } of wrong) {
    it(`refuse ${name}`, () => {
      expect(parseOptions(env)).to.deep.equal({ problems: [says] });
    });
  }

  it("refuse a short token without showing it", () => {
    const parsed = parseOptions({ WEBHOOK_TOKEN: "hunter2" });
    expect(parsed).to.deep.equal({
      problems: [
        "WEBHOOK_TOKEN holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -",
      ],
    });
    expect(parsed).to.have.property("problems").with.lengthOf(1);
    expect(JSON.stringify(parsed))
      .to.include("WEBHOOK_TOKEN")
      .and.not.to.include("hunter2");
  });

  it("take several tokens, so that one can be replaced", () => {
    const [old, next] = ["the-token-of-old", "the-token-to-come"];
    expect(parseOptions({ WEBHOOK_TOKEN: `${old},${next}` }))
      .to.have.nested.property("options.tokens")
      .that.deep.equals([old, next]);
    expect(JSON.stringify(parseOptions({ WEBHOOK_TOKEN: `${old},short` })))
      .to.include("WEBHOOK_TOKEN")
      .and.not.to.include(old);
  });

  it("take the tokens from a file or from the variable, not from both", () => {
    expect(
      parseOptions({ WEBHOOK_TOKEN_FILE: "/secret-path/token" }),
    ).to.deep.equal({
      options: {
        port: 8080,
        logLevel: "info",
        tokenFile: "/secret-path/token",
      },
    });
    expect(
      parseOptions({
        WEBHOOK_TOKEN: "a-token-of-16-up",
        WEBHOOK_TOKEN_FILE: "/secret-path/token",
      }),
    ).to.deep.equal({
      problems: [
        "WEBHOOK_TOKEN and WEBHOOK_TOKEN_FILE are both set; unset one of them",
      ],
    });
  });

  it("name all that is wrong at once", () => {
    expect(
      parseOptions({ PORT: "-1", LOG_LEVEL: "loud", WEBHOOK_TOKEN: "x/y" }),
    )
      .to.have.property("problems")
      .with.lengthOf(3);
  });
});
