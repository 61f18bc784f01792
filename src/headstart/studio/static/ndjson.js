/**
 * Values from a stream of bytes, one JSON text a line, wherever the bytes are cut.
 */

export class LineParser {
  #decoder = new TextDecoder("utf-8", { fatal: true });
  #rest = "";

  /**
   * @param {Uint8Array} bytes the next bytes; a character may be cut in two
   * @returns {any[]} values of the lines that are whole now
   */
  push(bytes) {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.filter((line) => line.trim()).map((line) => JSON.parse(line));
  }

  /**
   * @returns {any[]} the value of a last line without a line break
   */
  end() {
    const last = this.#rest + this.#decoder.decode();
    this.#rest = "";
    return last.trim() ? [JSON.parse(last)] : [];
  }
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {AsyncGenerator<any, void, undefined>}
 */
export async function* values(stream) {
  const reader = stream.getReader();
  const parser = new LineParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield* parser.push(value);
    }
    yield* parser.end();
  } finally {
    reader.releaseLock();
  }
}
