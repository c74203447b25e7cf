import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { readCertificate, watchCertificate } from "./certificate.ts";
import type { Logger } from "./logger.ts";

/**
 * Longer than the 90 s for which Go's HTTP clients (the API server, Knative's queue-proxy) keep an idle connection, so
 * that it is they who close it: closed from here, one would now and then carry the next request into a reset.
 */
const KEEP_ALIVE_MS = 120_000;

/** No admission lasts longer than the 30 s that a webhook's time-out can be at most. */
const DRAIN_LIMIT_MS = 30_000;

/**
 * A connection that does not finish its TLS handshake is given up after this: the API server needs milliseconds, and until
 * then what only opened a connection, such as a port scanner, would hold up the draining.
 */
const HANDSHAKE_LIMIT_MS = 5_000;

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Takes no new connections, lets what is under way end, and resolves when the last connection is closed. */
  readonly drain: () => Promise<void>;
}

/** There is no certificate to start with; the message names the directory. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** Serves `app` on `port`: HTTPS when a certificate directory is given, following its renewals, else plain HTTP. */
export async function listen(
  app: http.RequestListener,
  {
    certificateDirectory,
    port,
  }: { readonly port: number; readonly certificateDirectory?: string },
  log: Logger,
): Promise<Listener> {
  let draining = false;
  const serve: http.RequestListener = (request, response) => {
    // Tells a client that keeps its connection to come back on another one, which reaches another instance.
    if (draining) response.setHeader("Connection", "close");
    // One whose request came before the draining is kept open by Node for its next request, which must not come.
    response.once("close", () => {
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
    app(request, response);
  };

  let server: http.Server;
  let stopWatching: (() => void) | undefined;
  if (certificateDirectory === undefined) {
    server = http.createServer(serve);
  } else {
    const certificate = await readCertificate(certificateDirectory).catch(
      (error: unknown) => {
        throw new CertificateError(
          `TLS_CERT_DIR ${certificateDirectory}: tls.crt and tls.key cannot be used: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      },
    );
    const secure = https.createServer(
      { ...certificate, handshakeTimeout: HANDSHAKE_LIMIT_MS },
      serve,
    );
    stopWatching = watchCertificate(
      certificateDirectory,
      certificate,
      (renewed) => {
        secure.setSecureContext(renewed);
        log.info("serving a renewed certificate", {
          directory: certificateDirectory,
        });
      },
      (error) =>
        log.warn(
          "keeping the old certificate: the one on disk cannot be used",
          { directory: certificateDirectory, error: String(error) },
        ),
    );
    server = secure;
  }
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Of its own accord the server closes only connections that speak HTTP already.
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port);
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    async drain() {
      draining = true;
      stopWatching?.();
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const limit = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, DRAIN_LIMIT_MS);
      await closed;
      clearTimeout(limit);
    },
  };
}
