import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { readCertificate, watchCertificate } from "./certificate.ts";
import type { Logger } from "./logger.ts";

/**
 * Longer than the 90 s for which Go's HTTP clients (the API server, Knative's queue-proxy) keep an idle connection, so
 * that it is they who close it: closed from here, one would now and then carry the next request into a reset.
 */
const KEEP_ALIVE_MS = 120_000;

/** No admission lasts longer than the 30 s that a webhook's time-out can be at most. */
const DRAIN_LIMIT_MS = 30_000;

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Takes no new connections, lets what is under way end, and resolves when the last connection is closed. */
  readonly drain: () => Promise<void>;
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
    const certificate = await readCertificate(certificateDirectory);
    const secure = https.createServer(certificate, serve);
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
      const limit = setTimeout(
        () => server.closeAllConnections(),
        DRAIN_LIMIT_MS,
      );
      await closed;
      clearTimeout(limit);
    },
  };
}
