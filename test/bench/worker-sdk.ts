import okta from "@okta/okta-sdk-nodejs";
import { serve } from "./worker.ts";

/** Okta's own SDK in a process of its own; without its cache, which would answer the second GET from memory. */
serve((orgUrl, token) => {
  const { userApi } = new okta.Client({ orgUrl, token, cacheMiddleware: null });
  return {
    getUser: async (userId) => {
      await userApi.getUser({ userId });
    },
    listUsers: async (limit, onUser) => {
      for await (const user of await userApi.listUsers({ limit })) onUser(user);
    },
  };
});
