import type { IncomingMessage, ServerResponse } from "node:http";
import type { State } from "../state.ts";
import { overview } from "./overview.ts";
import { shownRequest } from "./shown.ts";

/** More pages than this do not watch at the same time. */
export const MOST_LISTENERS = 16;
const RECENT = 100;
/** Proxies and browsers give up on a stream that is silent for long. */
const KEEP_ALIVE_MS = 15_000;
/** How often the org is compared with what was last told, for changes that no request announces. */
const LOOK_MS = 1000;
/** After a request, long enough for a burst of them to be told at once. */
const SOON_MS = 100;
/** A page that does not read is cut off when this much waits for it. */
const MOST_WAITING = 1024 * 1024;

/** The stream behind `GET /events`. */
export interface Events {
  open(incoming: IncomingMessage, response: ServerResponse): void;
}

/**
 * Tells every page that listens what happens: `recent`, the last requests, when it connects; `org`, the org at a glance,
 * then and whenever it has changed; `request` for each API request. While nobody listens it does nothing.
 */
export function events(state: State): Events {
  const listeners = new Set<ServerResponse>();
  let stop: (() => void) | undefined;
  let told = "";

  const write = (response: ServerResponse, text: string): void => {
    response.write(text);
    if (response.writableLength > MOST_WAITING) response.destroy();
  };
  const tell = (event: string, data: string): void => {
    for (const response of listeners) write(response, message(event, data));
  };
  const look = (): void => {
    const present = JSON.stringify(overview(state.org));
    if (present === told) return;
    told = present;
    tell("org", present);
  };
  const start = (): void => {
    let soon: NodeJS.Timeout | undefined;
    const unwatch = state.log.watch((entry) => {
      tell("request", JSON.stringify(shownRequest(entry)));
      if (entry.method === "GET" || soon !== undefined) return;
      soon = setTimeout(() => {
        soon = undefined;
        look();
      }, SOON_MS).unref();
    });
    const looking = setInterval(look, LOOK_MS).unref();
    const keeping = setInterval(() => {
      for (const response of listeners) write(response, ": still here\n\n");
    }, KEEP_ALIVE_MS).unref();
    stop = () => {
      unwatch();
      clearTimeout(soon);
      clearInterval(looking);
      clearInterval(keeping);
      stop = undefined;
    };
  };
  return {
    open: (incoming, response) => {
      if (listeners.size >= MOST_LISTENERS) {
        response.writeHead(503, { "content-type": "text/plain" }).end("Too many pages are watching.\n");
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
      look();
      const all = state.log.all();
      const recent = JSON.stringify({ total: all.length, requests: all.slice(-RECENT).map(shownRequest) });
      response.write(`retry: 500\n\n${message("org", told)}${message("recent", recent)}`);
      listeners.add(response);
      if (stop === undefined) start();
      // The response closes for every reason there is: the page went, the sandbox ends, or it was cut off.
      response.on("close", () => {
        listeners.delete(response);
        if (listeners.size === 0) stop?.();
      });
      incoming.resume();
    },
  };
}

function message(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
