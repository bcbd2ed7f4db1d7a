import type { IncomingMessage, ServerResponse } from "node:http";
import type { State } from "../state.ts";
import { events } from "./events.ts";
import { HTML, pageHeaders } from "./html.ts";

/** The part of the server that is for people with a browser. */
export interface Page {
  /** Answers `GET /` of a browser and `GET /events`; false for everything else, which is left alone. */
  serve(incoming: IncomingMessage, response: ServerResponse, path: string): boolean;
}

/** Shows the org and what is asked of it. No key is needed, so nothing secret is shown. */
export function createPage(state: State): Page {
  const stream = events(state);
  return {
    serve: (incoming, response, path) => {
      const { method } = incoming;
      if (path === "/" && (method === "GET" || method === "HEAD") && isBrowser(incoming)) {
        response.writeHead(200, pageHeaders()).end(method === "HEAD" ? undefined : HTML);
        return true;
      }
      if (path !== "/events" || method !== "GET") return false;
      if (isForeign(incoming)) response.writeHead(403, { "content-type": "text/plain" }).end("Only for this page.\n");
      else stream.open(incoming, response);
      return true;
    },
  };
}

function isBrowser({ headers }: IncomingMessage): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? "") || /^Mozilla\//.test(headers["user-agent"] ?? "");
}

/** A page of another site could not read the stream, but it could use up the places of those who may. */
function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  return site !== undefined && site !== "same-origin" && site !== "none";
}
