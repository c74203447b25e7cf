// An `import` of node:http reads all its exports, and Node loads its own fetch and WebSocket when they are read: about 20 ms.
module.exports = process.getBuiltinModule("node:http");
