import { pages } from "../../src/okta/pages.ts";
import { buildRequest } from "../../src/request.ts";
import { listUsers } from "../../tools/users.ts";
import { openByToken } from "./client.ts";
import { serve } from "./worker.ts";

/** The shared client, as the server sets it up, in a process of its own. */
serve((url, token) => {
  const { okta } = openByToken({ url, token });
  return {
    getUser: async (userId) => {
      await okta.send({ method: "GET", template: "/api/v1/users/{userId}", path: { userId }, effect: "read" });
    },
    listUsers: async (limit, onUser) => {
      // As the tool list_users asks.
      const request = buildRequest(listUsers, { limit });
      for await (const { body } of pages(okta, request)) {
        if (!Array.isArray(body)) throw new Error("what was answered is not a list");
        for (const user of body) onUser(user);
      }
    },
  };
});
