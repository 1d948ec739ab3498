// What a user of @fal-ai/client would write; run by a test in a process of its own.
//
// It knows nothing of the sandbox: its process has fal's own host names, a proxy and a
// certificate to trust. Standard input is the works as JSON, standard output what came of them.

const { fal, ApiError } = require("@fal-ai/client");

// Pictures among the arguments become blobs, which the client uploads by itself.
function withBlobs(asked) {
  const entries = Object.entries(asked).map(([name, value]) => [
    name,
    value?.bytes ? new Blob([Buffer.from(value.bytes, "base64")], { type: "image/png" }) : value,
  ]);
  return Object.fromEntries(entries);
}

async function subscribed({ subscribe: endpoint, arguments: asked, mode }) {
  const updates = [];
  try {
    const { data, requestId } = await fal.subscribe(endpoint, {
      input: withBlobs(asked),
      logs: true,
      mode,
      pollInterval: mode === "polling" ? 20 : undefined,
      storageSettings: { expiresIn: "1h" },
      onQueueUpdate: ({ status, queue_position: position, logs }) =>
        updates.push({ status, position, logs: (logs ?? []).map((line) => line.message) }),
    });
    return { updates, result: data, id: requestId };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { updates, status: error.status, detail: error.body.detail };
  }
}

async function main() {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  const done = [];
  for (const work of JSON.parse(text)) done.push(await subscribed(work));
  process.stdout.write(JSON.stringify(done));
}

main();
