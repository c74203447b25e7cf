import { once } from "node:events";
import { request } from "node:https";
import type { Agent } from "node:https";
import { json } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import type { ControlPlane } from "../../control-plane/control-plane.ts";

/** Sends `body` to a program on this machine and returns the status and the JSON of the answer. */
export async function post(
  agent: Agent,
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: unknown }> {
  const sent = request(url, {
    agent,
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
  });
  sent.end(JSON.stringify(body));
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await json(answer) };
}

/** Creates objects as an administrator. Rejects when the API server does not create one. */
export function creatorOn(
  { adminToken, server }: ControlPlane,
  agent: Agent,
): (path: string, object: object) => Promise<void> {
  const headers = { authorization: `Bearer ${adminToken}` };
  return async (path, object) => {
    const { body, status } = await post(agent, server + path, object, headers);
    if (status !== 201) throw new Error(JSON.stringify(body));
  };
}
