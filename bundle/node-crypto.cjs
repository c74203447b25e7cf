// An `import` of node:crypto reads all its exports, and Node loads WebCrypto when it is read: about 10 ms.
module.exports = process.getBuiltinModule("node:crypto");
