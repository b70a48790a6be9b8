// A caller written against the generated types: it compiles only while the words others build on
// (lists, numbers, verdicts) stay what they are. `schema` is generated from the committed document.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

export async function practitionersNear(baseUrl: string, place: string): Promise<string[]> {
  const client = createClient<paths>({ baseUrl });
  const { data, error } = await client.GET("/v1/practitioners", {
    params: { query: { near: place, radius_km: 25, verified: true } },
  });
  if (error) {
    throw new Error(`${error.code}: ${error.detail}`);
  }
  const total: number = data.total.value;
  const next: string | null | undefined = data.next_cursor;
  return data.items.map((item) => `${item.number} ${item.url} ${item.updated_at} of ${total} ${next ?? ""}`);
}
