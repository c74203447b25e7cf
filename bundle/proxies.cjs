// Only a kubeconfig with a proxy needs these packages. Each getter loads its package when it is used.
module.exports = {
  get HttpProxyAgent() {
    return require("../node_modules/hpagent").HttpProxyAgent;
  },
  get HttpsProxyAgent() {
    return require("../node_modules/hpagent").HttpsProxyAgent;
  },
  get SocksClient() {
    return require("../node_modules/socks").SocksClient;
  },
  get SocksProxyAgent() {
    return require("../node_modules/socks-proxy-agent/dist/index.js")
      .SocksProxyAgent;
  },
};
