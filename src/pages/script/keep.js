// What stays in this browser between two visits: the key, and what was signed and is not answered for yet. Never the token.

const NAME = "stipple-sign";
const STORES = ["keys", "rows", "batches"];

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function store(name, mode) {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => STORES.forEach((each) => opening.result.createObjectStore(each));
  const database = await done(opening);
  const transaction = database.transaction(name, mode);
  transaction.oncomplete = () => database.close();
  return transaction.objectStore(name);
}

/** What is kept under a name, or nothing. */
export const kept = async (name, key) => done((await store(name, "readonly")).get(key));

/** Keeps several things, all or none: [key, value]. */
export async function keep(name, ...pairs) {
  const to = await store(name, "readwrite");
  const finished = new Promise((resolve, reject) => {
    const { transaction } = to;
    transaction.addEventListener("complete", resolve);
    transaction.addEventListener("error", () => reject(transaction.error));
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
  for (const [key, value] of pairs) to.put(value, key);
  return finished;
}

/** Forgets what is kept under a name. */
export const forget = async (name, key) => done((await store(name, "readwrite")).delete(key));
