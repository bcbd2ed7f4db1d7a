import { describe, expect, it } from "vitest";
import { bucketOf } from "../../../src/okta/bucket.ts";
import { bucketOf as bucketOfOrg } from "../../../src/sandbox/rate-limit.ts";
import { operations } from "../../../tools/index.ts";

describe("the bucket of a request", () => {
  it.each([
    ["GET", "/api/v1/users", "/api/v1/users"],
    ["POST", "/api/v1/users", "/api/v1/users"],
    ["GET", "/api/v1/users/{userId}", "/api/v1/users/{id} read"],
    ["GET", "/api/v1/users/me", "/api/v1/users/{id} read"],
    ["POST", "/api/v1/users/{userId}", "/api/v1/users/{id} write"],
    ["PUT", "/api/v1/users/{userId}", "/api/v1/users/{id} write"],
    ["DELETE", "/api/v1/users/{userId}", "/api/v1/users/{id} write"],
    ["POST", "/api/v1/users/{userId}/lifecycle/suspend", "/api/v1"],
    ["GET", "/api/v1/users/{userId}/groups", "/api/v1"],
    ["GET", "/api/v1/groups", "/api/v1/groups"],
    ["GET", "/api/v1/groups/{groupId}", "/api/v1/groups/{id}"],
    ["GET", "/api/v1/groups/{groupId}/users", "/api/v1"],
    ["GET", "/api/v1/logs", "/api/v1"],
  ])("%s %s is %s", (method, template, bucket) => {
    expect(bucketOf(method, template)).toBe(bucket);
  });

  it("parts the catalogue's operations as the org does", () => {
    const pairs = operations.map(({ method, template }) => {
      const path = template.replace(/\{\w+\}/g, "x");
      return [bucketOf(method, template), bucketOfOrg(method, path)];
    });
    expect(pairs.length).toBeGreaterThan(50);
    for (const [ours] of pairs)
      expect(new Set(pairs.filter(([other]) => other === ours).map(([, theirs]) => theirs)).size).toBe(1);
    for (const [, theirs] of pairs)
      expect(new Set(pairs.filter(([, other]) => other === theirs).map(([ours]) => ours)).size).toBe(1);
  });
});
