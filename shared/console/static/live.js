// Says in a line of the page that it hears no bell any more, and takes the line away when it does again.
const lost = document.querySelector("#lost p");
for (const [happens, isBack] of [
  ["htmx:error", false], ["htmx:sse:error", false],
  ["htmx:after:request", true], ["htmx:sse:after:connection", true],
]) document.addEventListener(happens, () => { lost.hidden = isBack; });
