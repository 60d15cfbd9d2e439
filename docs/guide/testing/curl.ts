// What curl shows, for the few of its options that guides use: not every machine has curl.
import http from "node:http";

/** Does what a command line of curl says and answers what it would show. Throws for an option that it does not know. */
export function curl(command: string): Promise<string> {
  const words = Array.from(
    command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, a, b, c]) => a ?? b ?? c ?? "",
  );
  const headers: [string, string][] = [];
  let method = "GET";
  let withHead = false;
  let url: URL | undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "-H") {
      const [name = "", ...rest] = (words[++i] ?? "").split(":");
      headers.push([name.trim(), rest.join(":").trim()]);
    } else if (word === "-X") method = words[++i] ?? "";
    else if (word === "-i") withHead = true;
    else if (word === "-s") continue;
    else if (word.startsWith("-")) throw new Error(`no \`${word}\` of curl's is known here`);
    else url = new URL(word);
  }
  if (!url) throw new Error("curl needs a URL");
  return send(url, { method, headers: Object.fromEntries(headers) }, withHead);
}

function send(url: URL, options: http.RequestOptions, withHead: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { ...options, agent: false }, (response) => {
      const { httpVersion, statusCode = 0, statusMessage = "", rawHeaders } = response;
      let text = "";
      if (withHead) {
        text = `HTTP/${httpVersion} ${statusCode} ${statusMessage}\n`;
        for (let i = 0; i < rawHeaders.length; i += 2)
          text += `${rawHeaders[i] ?? ""}: ${rawHeaders[i + 1] ?? ""}\n`;
        text += "\n";
      }
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
    request.end();
  });
}
