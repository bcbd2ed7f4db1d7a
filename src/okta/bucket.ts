/** The rate-limit bucket a request draws from; what the headers of its answer say is about this bucket. */
export type Bucket = string;

/**
 * Okta's published buckets (rate-limit table, 2025-05): listing and creating users share one, reading one user and
 * changing one user have their own, and everything else under the API shares one.
 */
export function bucketOf(method: string, template: string): Bucket {
  if (template === "/api/v1/users" || template === "/api/v1/groups") return template;
  if (/^\/api\/v1\/users\/[^/]+$/.test(template)) return `/api/v1/users/{id} ${method === "GET" ? "read" : "write"}`;
  if (/^\/api\/v1\/groups\/[^/]+$/.test(template)) return "/api/v1/groups/{id}";
  return "/api/v1";
}
