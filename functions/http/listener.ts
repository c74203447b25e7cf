import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { Server as NetServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import {
  readServingCertificate,
  watchServingCertificate,
} from "./certificate.ts";
import type { Logger } from "./logger.ts";
import { errorMessage } from "../contract/error-message.ts";
import { TLS_CERT, TLS_KEY } from "../contract/keys.ts";

/**
 * Longer than the 90 s for which Go's HTTP clients (the API server, Knative's queue-proxy) keep an idle connection, so that the
 * client closes it. When the server closes it, the next request may already be on its way and fail with a reset.
 */
const KEEP_ALIVE_MS = 120_000;

/** No admission lasts longer than the longest time-out of a webhook, 30 s. */
const DRAIN_LIMIT_MS = 30_000;

/** Times of a listener, in milliseconds. Tests use shorter ones. */
export interface ListenerTimes {
  /** Between two reads of the certificate files; `certificate.ts` has the default. */
  readonly reloadMs?: number;
  /**
   * Idle connections stay open this long after draining began. A request on its way to a closed connection would be lost, and the
   * next answer tells a busy client to use another connection.
   */
  readonly idleDrainMs?: number;
  /**
   * The server closes a connection, such as that of a port scanner, whose TLS handshake is not finished this long after draining
   * began. There is no limit before draining: in a burst a handshake can take seconds.
   */
  readonly handshakeDrainMs?: number;
}

/** A server that listens. */
export interface Listener {
  readonly port: number;
  /** Takes no new connections, lets requests under way end, and resolves when the last connection is closed. */
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
  }: {
    readonly port: number;
    readonly certificateDirectory?: string | undefined;
  },
  log: Logger,
  {
    handshakeDrainMs = 5_000,
    idleDrainMs = 1_000,
    reloadMs,
  }: ListenerTimes = {},
): Promise<Listener> {
  let draining = false;
  let closingIdle = false;
  const serve: http.RequestListener = (request, response) => {
    // Tells a client that keeps its connection to come back on another one, which reaches another instance.
    if (draining) response.setHeader("Connection", "close");
    // Node keeps a connection open whose request came before the draining. It must not bring another request.
    response.once("close", () => {
      if (closingIdle) setImmediate(() => server.closeIdleConnections());
    });
    app(request, response);
  };

  let server: http.Server;
  let stopWatching: (() => void) | undefined;
  if (certificateDirectory === undefined) {
    server = http.createServer(serve);
  } else {
    const certificate = await readServingCertificate(
      certificateDirectory,
    ).catch((error: unknown) => {
      throw new CertificateError(
        `TLS_CERT_DIR ${certificateDirectory}: ${TLS_CERT} and ${TLS_KEY} cannot be used: ${errorMessage(error)}`,
        { cause: error },
      );
    });
    const secure = https.createServer(certificate, serve);
    stopWatching = watchServingCertificate(
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
      reloadMs,
    );
    server = secure;
  }
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // The server itself closes only connections that already speak HTTP.
  const sockets = new Set<Socket>();
  const handshaking = new Map<string, Socket>();
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket);
    sockets.add(socket);
    if (certificateDirectory !== undefined) handshaking.set(peer, socket);
    socket.once("close", () => {
      sockets.delete(socket);
      if (handshaking.get(peer) === socket) handshaking.delete(peer);
    });
  });
  server.on("secureConnection", (socket: Socket) => {
    handshaking.delete(peerOf(socket));
  });
  server.listen(port);
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    async drain() {
      draining = true;
      stopWatching?.();
      const closed = once(server, "close");
      // The HTTP server's own close would end connections without a request at once.
      NetServer.prototype.close.call(server);
      const limits = [
        setTimeout(() => {
          closingIdle = true;
          server.closeIdleConnections();
        }, idleDrainMs),
        destroyAfter(handshakeDrainMs, () => handshaking.values()),
        destroyAfter(DRAIN_LIMIT_MS, () => sockets),
      ];
      await closed;
      for (const limit of limits) clearTimeout(limit);
    },
  };
}

/** Tells connections apart; the TLS side of one has the same peer as the TCP side below it. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function destroyAfter(
  milliseconds: number,
  which: () => Iterable<Socket>,
): NodeJS.Timeout {
  return setTimeout(() => {
    for (const socket of which()) socket.destroy();
  }, milliseconds);
}
