// Calls a tool as a task of the 2025-11-25 protocol with the official TypeScript client, and prints
// what it is told, one JSON object a line.
// Arguments: the folder of the packages, the URL, the tool, its arguments as JSON.
import { createRequire } from "node:module";

const [modules, url, name, given] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const {
  StreamableHTTPClientTransport,
} = require("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { CallToolResultSchema } = require("@modelcontextprotocol/sdk/types.js");

const say = (fact) => console.log(JSON.stringify(fact));
const client = new Client({ name: "typescript", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
await client.listTools();
const stream = client.experimental.tasks.callToolStream(
  { name, arguments: JSON.parse(given) },
  CallToolResultSchema,
  { task: { ttl: 60000 } },
);
for await (const message of stream) say(message.error ? { type: message.type, message: message.error.message } : message);
say({ type: "listed", ...(await client.experimental.tasks.listTasks()) });
await client.close();
