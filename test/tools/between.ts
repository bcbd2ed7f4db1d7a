import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A request as the product sent it. */
export interface Sent {
  readonly method: string;
  /** Path with query, as on the wire. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A request that has arrived and waits for its answer. */
export interface Held {
  /** Resolves when the product hangs up before it was answered. */
  readonly hungUp: Promise<unknown>;
  /** Lets the request through to the org and its answer back; resolves when the product has it. */
  release(): Promise<void>;
  /** Answers in the org's place. */
  answer(reply: Reply): void;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server between product and org: it writes down what passes, holds requests, and answers in the org's place. */
export interface Between {
  readonly url: string;
  readonly sent: readonly Sent[];
  /** Holds the next request. */
  hold(): Promise<Held>;
  /** Answers the next requests, one reply each, instead of the org. */
  answer(...replies: readonly Reply[]): void;
  /** Forgets what was sent and what was still to be answered. */
  clear(): void;
  stop(): Promise<void>;
}

export async function startBetween(orgUrl: string): Promise<Between> {
  const sent: Sent[] = [];
  const replies: Reply[] = [];
  const holds: ((held: Held) => void)[] = [];

  async function pass({ method, url, headers, body }: Sent, response: ServerResponse): Promise<void> {
    const names = ["authorization", "accept", "content-type", "if-match", "prefer"];
    const passed = names.flatMap((name): [string, string][] => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    });
    const answer = await fetch(orgUrl + url, { method, headers: passed, ...(body === "" ? {} : { body }) });
    const kept = ["content-type", "link", "etag", "x-okta-request-id"].flatMap((name): [string, string][] => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    response.writeHead(answer.status, Object.fromEntries(kept));
    response.end(Buffer.from(await answer.arrayBuffer()));
    await once(response, "finish");
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await buffer(request)).toString("utf8");
    const entry = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
    sent.push(entry);
    const reply = replies.shift();
    const hold = holds.shift();
    const say = ({ status, headers, body }: Reply): void => {
      response.writeHead(status, { date: new Date().toUTCString(), ...headers }).end(body);
    };
    if (reply) say(reply);
    else if (hold) hold({ hungUp: once(response, "close"), release: () => pass(entry, response), answer: say });
    else await pass(entry, response);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    sent,
    hold: () => new Promise((resolve) => holds.push(resolve)),
    answer: (...more) => void replies.push(...more),
    clear: () => {
      sent.length = 0;
      replies.length = 0;
      holds.length = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  server.close();
  await once(server, "close");
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("there is no TCP port");
  return address.port;
}
