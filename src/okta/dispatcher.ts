import { buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";

/** How to reach hosts outside: the values of HTTPS_PROXY and NO_PROXY. */
export interface ProxySettings {
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
}

/** Connections at once; Okta's smallest orgs take 15 requests at a time (documented). */
export const CONNECTIONS = 12;

const OPTIONS = {
  connections: CONNECTIONS,
  // An exchange has its own bounds.
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: 64 * 1024, // Links repeat a long search twice.
  // An assistant pauses for minutes between calls. A socket that long idle may be dead without anybody having said so,
  // and a write that is lost on it has no known outcome: a new connection is the smaller price. Okta does not say when it
  // closes, common servers do after 5 s or more; 4 s leaves room for the way. A `Keep-Alive` that tells less is
  // followed, two seconds early; one that tells more is not.
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 4_000,
} as const;

/** A proxy that has not opened a tunnel by then will not; it would keep one of the few connections for minutes. */
const TUNNEL_MS = 10_000;

/** The one pool of connections to an org; through the proxy where one is set, never for plain http (loopback). */
export function openDispatcher(orgUrl: string, { httpsProxy, noProxy }: ProxySettings): Dispatcher {
  if (httpsProxy === undefined || !orgUrl.startsWith("https:")) return new Pool(orgUrl, OPTIONS);
  return new EnvHttpProxyAgent({
    ...OPTIONS,
    httpsProxy,
    httpProxy: httpsProxy,
    noProxy: noProxy ?? "",
    clientFactory: (proxy) => new Pool(proxy, { headersTimeout: TUNNEL_MS, connect: reachProxy }),
  });
}

const reach = buildConnector({});

/** Connects to the proxy; a failure says in its code that it was the proxy, not the org. */
const reachProxy: buildConnector.connector = (options, done) =>
  reach(options, (...[error, socket]) => {
    if (error === null) return done(null, socket);
    const code = "code" in error ? String(error.code) : error.name;
    done(Object.assign(new Error("the proxy cannot be reached"), { code: `PROXY_${code}` }), null);
  });
