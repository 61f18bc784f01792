// @ts-check
/** Live runs: one request, answered by JSON lines; closing it cancels the run. */

/**
 * @typedef {object} Line
 * @property {string} [message] what is being done
 * @property {number} [done] steps done
 * @property {number} [total] steps in all
 * @property {string} [html] the finding, at the end
 * @property {string} [error] why there is none
 */

/**
 * Run one experiment on the server.
 * @param {string} url
 * @param {{experiment: string, choice: string, seed: number}} wanted
 * @param {(line: Line) => void} onProgress
 * @param {AbortSignal} signal stops the run
 * @returns {Promise<string>} HTML of the finding, made by the server
 */
export async function runLive(url, wanted, onProgress, signal) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wanted),
    signal,
  });
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
  for await (const line of lines(response.body)) {
    if (line.error !== undefined) throw new Error(line.error);
    if (line.html !== undefined) return line.html;
    onProgress(line);
  }
  throw new Error("the server stopped before it had found anything");
}

/**
 * Cut a stream into JSON lines, wherever its chunks end.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<Line>}
 */
export async function* lines(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const whole = rest.split("\n");
    rest = whole.pop() ?? "";
    for (const line of whole) if (line.trim()) yield /** @type {Line} */ (JSON.parse(line));
    if (done) break;
  }
  if (rest.trim()) yield /** @type {Line} */ (JSON.parse(rest));
}
