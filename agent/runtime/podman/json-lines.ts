/** Values of a stream of JSON texts, one a line. A line that is no JSON is skipped: podman sends none. */
export async function* jsonLines(
  source: AsyncIterable<Uint8Array>,
  lineLimitBytes = 1_048_576,
): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineLimitBytes) throw new Error(`a line is longer than ${lineLimitBytes} bytes`);
    for (const line of lines) yield* parsed(line);
  }
  yield* parsed(rest);
}

function* parsed(line: string): Generator<unknown> {
  if (line.trim() === '') return;
  try {
    yield JSON.parse(line) as unknown;
  } catch {
    // Not JSON; see above.
  }
}
