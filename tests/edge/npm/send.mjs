// Sends an event of standard input with the CloudEvents SDK as it is given: structured, binary, and in a batch.
import { CloudEvent, HTTP } from "cloudevents";

const [url] = process.argv.slice(2);
let text = "";
for await (const chunk of process.stdin) text += chunk;

async function send({ headers, body }) {
  const answer = await fetch(`${url}/events`, { method: "POST", headers, body });
  const said = await answer.json();
  return { status: answer.status, outcomes: (said.answers ?? []).map((each) => each.outcome), detail: said.detail };
}

const [first, second, ...rest] = JSON.parse(text).map((each) => new CloudEvent(each));
const batch = JSON.stringify(rest.map((each) => each.toJSON()));
const results = [
  await send(HTTP.structured(first)),
  await send(HTTP.binary(second)),
  await send({ headers: { "content-type": "application/cloudevents-batch+json" }, body: batch }),
];
process.stdout.write(JSON.stringify(results));
