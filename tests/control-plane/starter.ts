/**
 * A program of its own that starts a control plane and then ends as its argument says, for the test that nothing
 * survives it. Prints one line of JSON when it is up.
 */
import { startControlPlane } from "./control-plane.ts";

const [end, scope] = process.argv.slice(2);

const controlPlane = await startControlPlane(
  scope === "all" ? {} : { controllers: false },
);
const { directory, kubeconfigPath } = controlPlane;
process.stdout.write(`${JSON.stringify({ directory, kubeconfigPath })}\n`);

if (end === "throw") {
  setTimeout(() => {
    throw new Error("an error that nobody catches");
  });
} else if (end === "wait") {
  setInterval(() => undefined, 60_000);
}
// Otherwise there is nothing left to do, and Node ends although nobody called stop().
