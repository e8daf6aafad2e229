// Server-sent events from a fetch body. EventSource cannot POST, and the assistant's question is a
// POST, so the event-stream format is parsed here (WHATWG HTML, section 9.2.6).

export interface ServerEvent {
  event: string;
  data: string;
}

// Fed with text in whatever pieces the network delivers; hands back the events that are complete.
// An event that the stream ends in the middle of is dropped, as the standard says.
export class SseParser {
  private rest = '';
  private event = '';
  private data: string[] = [];
  private first = true;

  push(chunk: string): ServerEvent[] {
    let text = this.rest + chunk;
    if (this.first && text.length > 0) {
      if (text.startsWith('\uFEFF')) text = text.slice(1);
      this.first = false;
    }
    const events: ServerEvent[] = [];
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text[i];
      if (c !== '\n' && c !== '\r') continue;
      // A CR at the very end may be half of a CRLF: wait for the next piece.
      if (c === '\r' && i + 1 === text.length) break;
      this.line(text.slice(start, i), events);
      if (c === '\r' && text[i + 1] === '\n') i++;
      start = i + 1;
    }
    this.rest = text.slice(start);
    return events;
  }

  // The stream is over: a last CR that was held back ends its line after all.
  end(): ServerEvent[] {
    const events: ServerEvent[] = [];
    if (this.rest.endsWith('\r')) this.line(this.rest.slice(0, -1), events);
    this.rest = '';
    return events;
  }

  private line(line: string, events: ServerEvent[]) {
    if (line === '') {
      if (this.data.length > 0) {
        events.push({ event: this.event || 'message', data: this.data.join('\n') });
      }
      this.event = '';
      this.data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment, sent to keep the connection open
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
    // `id` and `retry` concern reconnecting, which a question never does.
  }
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
    yield* parser.push(decoder.decode());
    yield* parser.end();
  } finally {
    // Leaving early (cancel, error) must also stop the server's query.
    await reader.cancel().catch(() => {});
  }
}
