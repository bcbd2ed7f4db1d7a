import { createHash } from "node:crypto";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

const MARK =
  '<path d="M4 26 16 5l12 21z" fill="none" stroke="currentColor" stroke-width="3" stroke-linejoin="round"/><circle cx="16" cy="20" r="3.5" fill="currentColor"/>';
const ICON = encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" color="#5069d8">${MARK}</svg>`,
);

/** The page: everything in one file, filled by its script from `/events`. */
export const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Sandbox org</title>
<link rel="icon" href="data:image/svg+xml,${ICON}">
<style>${STYLE}</style>
</head>
<body>
<header>
<svg class="logo" viewBox="0 0 32 32" aria-hidden="true">${MARK}</svg>
<div><h1>Sandbox org</h1><p>Invented people at <span id="where">this address</span>. Nothing here reaches Okta.</p></div>
<span class="pill" id="ahead" hidden></span>
<span class="pill" id="state" role="status">Connecting</span>
</header>
<main>
<section aria-labelledby="h-requests">
<div class="top">
<h2 id="h-requests">Requests<span class="count" id="total">0</span></h2>
<div role="group" aria-label="Which requests to show">
<button type="button" data-filter="all" aria-pressed="true">All</button>
<button type="button" data-filter="writes" aria-pressed="false">Writes</button>
<button type="button" data-filter="errors" aria-pressed="false">Errors</button>
</div>
<button type="button" id="pause">Pause</button>
<button type="button" id="clear">Clear</button>
</div>
<table id="table" hidden>
<caption class="hidden">API requests, newest first</caption>
<thead><tr><th scope="col" class="time">Time</th><th scope="col">Method</th><th scope="col">Request</th><th scope="col" class="num">Status</th><th scope="col" class="num">ms</th></tr></thead>
<tbody id="rows"></tbody>
</table>
<p class="empty" id="empty">No requests yet. Whatever an assistant asks of this org appears here at once.</p>
<p class="hidden" id="say" aria-live="polite"></p>
</section>
<aside aria-label="The org at a glance">
<section aria-labelledby="h-people">
<div class="top"><h2 id="h-people">People<span class="count" id="people"></span></h2></div>
<div class="bar" id="bar" aria-hidden="true"></div>
<ul id="statuses"></ul>
</section>
<section aria-labelledby="h-newest">
<div class="top"><h2 id="h-newest">Newest people</h2></div>
<ol id="newest"></ol>
</section>
<section aria-labelledby="h-groups">
<div class="top"><h2 id="h-groups">Groups</h2></div>
<ul id="groups"></ul>
<p class="none" id="more" hidden></p>
</section>
</aside>
</main>
<footer><noscript>The page needs JavaScript to listen to the org. </noscript>The last requests stay in <code>GET /sandbox/requests</code>; <code>GET /sandbox/</code> lists what can be controlled, with the control key.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Headers under which only this style and this script run, and nothing is loaded but the stream. */
export function pageHeaders(): Record<string, string> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      `style-src ${sha256(STYLE)}`,
      `script-src ${sha256(SCRIPT)}`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join("; "),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
