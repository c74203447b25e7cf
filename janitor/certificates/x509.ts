/** @peculiar/x509, which looks for the functions that reflect-metadata adds as soon as it is loaded: hence the order. */
await import("reflect-metadata");
export const x509 = await import("@peculiar/x509");
