// Takes the place of packages that our programs never call: see options.ts.
module.exports = {};
