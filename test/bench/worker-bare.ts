import { type Dispatcher, Pool } from "undici";
import { serve } from "./worker.ts";

/** The least there can be: undici and JSON.parse, nothing else. The yardstick for both. */
serve((url, token) => {
  const pool = new Pool(url, { connections: 1 });
  const headers = { authorization: `SSWS ${token}`, accept: "application/json" };
  const get = (path: string): Promise<Dispatcher.ResponseData> => pool.request({ method: "GET", path, headers });
  return {
    getUser: async (userId) => {
      await (await get(`/api/v1/users/${userId}`)).body.json();
    },
    listUsers: async (limit, onUser) => {
      for (let path: string | undefined = `/api/v1/users?limit=${limit}`; path !== undefined; ) {
        const answer = await get(path);
        const body: unknown = await answer.body.json();
        if (!Array.isArray(body)) throw new Error("what was answered is not a list");
        for (const user of body) onUser(user);
        path = /<([^>]+)>; rel="next"/.exec([answer.headers.link].flat().join())?.[1]?.slice(url.length);
      }
    },
  };
});
