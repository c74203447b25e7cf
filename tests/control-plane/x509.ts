/**
 * @peculiar/x509. The container inside it, tsyringe, does not load without the functions for decorator metadata but
 * finds nothing in them: no class of the library has its constructor's arguments injected. So these three are enough.
 */
Object.assign(Reflect, {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
});

// Not a static import, which would be evaluated before the assignment.
export const x509 = await import("@peculiar/x509");
