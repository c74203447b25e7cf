import { once } from "node:events";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import type { ControlPlane } from "../../control-plane/control-plane.ts";

/** The API server takes as many requests at once over one connection. */
const REQUESTS_OF_CONNECTION = 250;

/** Creates objects of one kind, all at once. Rejects when the API server does not create one. */
export type CreateAtOnce = (
  path: string,
  objects: readonly object[],
) => Promise<number[]>;

/** A client with HTTP/2, as controllers are: all requests are under way at once, over few connections. */
export function clientFor(
  { adminToken, caPem, server }: ControlPlane,
  mostAtOnce: number,
): {
  /** Returns when each answer was there, in milliseconds of `performance.now()`. */
  readonly create: CreateAtOnce;
  readonly close: () => void;
} {
  const sessions = Array.from(
    { length: Math.ceil(mostAtOnce / REQUESTS_OF_CONNECTION) },
    () => {
      const session = connect(server, { ca: caPem });
      // Each request reports it.
      session.on("error", () => undefined);
      return session;
    },
  );
  const createOne = async (
    path: string,
    object: object,
    index: number,
  ): Promise<number> => {
    const stream = sessions[index % sessions.length]?.request({
      ":method": "POST",
      ":path": path,
      authorization: `Bearer ${adminToken}`,
      "content-type": "application/json",
    });
    if (!stream) throw new Error("there is no connection");
    stream.end(JSON.stringify(object));
    const [headers] = (await once(stream, "response")) as [
      { ":status"?: number },
    ];
    const answer = await text(stream);
    if (headers[":status"] !== 201) throw new Error(answer);
    return performance.now();
  };
  return {
    create: (path, objects) =>
      Promise.all(
        objects.map((object, index) => createOne(path, object, index)),
      ),
    close: () => {
      for (const session of sessions) session.close();
    },
  };
}
