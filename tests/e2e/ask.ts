// Stands alone, without imports of ours: its text is also what a Pod is given to run.
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { TLSSocket } from "node:tls";

/** An HTTP request to a name at an address that needs not be the name's own. */
export interface Question {
  readonly scheme: "http" | "https";
  readonly address: string;
  readonly host: string;
  readonly path: string;
  readonly method: "GET" | "POST";
  /** JSON. */
  readonly body?: string;
  /** PEM: who may have signed the certificate. Without it anybody may. */
  readonly authorities?: string;
}

export interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly body: string;
  /** Fingerprint of the certificate that was shown, over TLS. */
  readonly certificate?: string;
}

/** Rejects when there is no answer, or one behind a certificate of nobody's who may have signed it. */
export function ask(question: Question): Promise<Answer> {
  const { scheme, address, host, path, method, body, authorities } = question;
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      servername: host,
      path,
      method,
      headers: {
        host,
        ...(body !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        }),
      },
      // None of an earlier question, which would show an earlier certificate.
      agent: false,
      rejectUnauthorized: authorities !== undefined,
      ...(authorities !== undefined && { ca: authorities }),
      timeout: 30_000,
    };
    const sent = (scheme === "https" ? overHttps : overHttp)(
      options,
      (response) => {
        const { socket } = response;
        const certificate =
          socket instanceof TLSSocket
            ? socket.getPeerCertificate().fingerprint256
            : undefined;
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            ...(response.headers.location !== undefined && {
              location: response.headers.location,
            }),
            body: text,
            ...(certificate !== undefined && { certificate }),
          }),
        );
      },
    );
    sent.on("timeout", () =>
      sent.destroy(new Error(`${scheme}://${host}${path}: no answer in 30 s`)),
    );
    sent.on("error", reject).end(body);
  });
}
