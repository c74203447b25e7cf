// Without imports of ours: a Pod runs this text too.
import { once } from "node:events";
import { type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";

/** An HTTP request for a name, sent to an address that may be another's. */
export interface Question {
  readonly scheme: "http" | "https";
  readonly address: string;
  readonly host: string;
  readonly path: string;
  readonly method: "GET" | "POST";
  /** JSON. */
  readonly body?: string;
  /** PEM: who may have signed the certificate. Without it, any certificate is accepted. */
  readonly authorities?: string;
}

export interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly body: string;
  /** Fingerprint of the server's certificate, over TLS. */
  readonly certificate?: string;
}

/** Rejects if no answer comes in 30 s, or if none of the authorities has signed the certificate. */
export async function ask(question: Question): Promise<Answer> {
  const { scheme, address, host, path, method, body, authorities } = question;
  const sent = (scheme === "https" ? overHttps : overHttp)({
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
    // No connection of an earlier question, which would show an earlier certificate.
    agent: false,
    rejectUnauthorized: authorities !== undefined,
    ...(authorities !== undefined && { ca: authorities }),
    signal: AbortSignal.timeout(30_000),
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { socket, statusCode = 0, headers } = response;
  const certificate =
    socket instanceof TLSSocket
      ? socket.getPeerCertificate().fingerprint256
      : undefined;
  return {
    status: statusCode,
    ...(headers.location !== undefined && { location: headers.location }),
    body: await text(response),
    ...(certificate !== undefined && { certificate }),
  };
}
