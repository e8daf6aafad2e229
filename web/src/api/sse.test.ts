import { describe, expect, it } from 'vitest';
import { readEvents, type ServerEvent, SseParser } from './sse';

const stream =
  ': hello\r\nevent: plan\r\ndata: {"a":"Größe — ✓"}\r\n\r\n' +
  'event:rows\ndata: one\ndata:two\ndata\n\nid: 7\nretry: 10\ndata: plain\r\r';
const expected: ServerEvent[] = [
  { event: 'plan', data: '{"a":"Größe — ✓"}' },
  { event: 'rows', data: 'one\ntwo\n' },
  { event: 'message', data: 'plain' },
];

function parse(pieces: string[]): ServerEvent[] {
  const parser = new SseParser();
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

function bodyOf(bytes: Uint8Array, size: number, onCancel?: () => void) {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
    cancel: onCancel,
  });
}

describe('SseParser', () => {
  it('reads all three line ends, comments, joined data lines and fields without a colon', () => {
    expect(parse([stream])).toEqual(expected);
  });

  it('gives the same events however the text is cut', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(parse([stream.slice(0, cut), stream.slice(cut)])).toEqual(expected);
    }
    expect(parse([...stream])).toEqual(expected);
  });

  it('takes a CRLF that is split between two pieces for one line end', () => {
    expect(parse(['data: a\r', '\n', '\r', '\ndata: b\n\n'])).toEqual([
      { event: 'message', data: 'a' },
      { event: 'message', data: 'b' },
    ]);
  });

  it('strips one leading space only, and a byte order mark at the very start', () => {
    expect(parse(['\uFEFFdata:  x\n\n'])).toEqual([{ event: 'message', data: ' x' }]);
  });

  it('drops an event without data and one the stream ends in the middle of', () => {
    expect(parse(['event: done\n\n', 'data: half'])).toEqual([]);
  });

  it('does not carry an event name over to the next event', () => {
    expect(parse(['event: a\ndata: 1\n\ndata: 2\n\n']).map((event) => event.event)).toEqual([
      'a',
      'message',
    ]);
  });
});

describe('readEvents', () => {
  it('puts characters together that were cut between bytes', async () => {
    const bytes = new TextEncoder().encode(stream);
    for (const size of [1, 2, 3, 7, 1000]) {
      const events: ServerEvent[] = [];
      for await (const event of readEvents(bodyOf(bytes, size))) events.push(event);
      expect(events).toEqual(expected);
    }
  });

  it('cancels the body when the reader leaves early, so that the server stops too', async () => {
    let cancelled = false;
    const bytes = new TextEncoder().encode('data: 1\n\n'.repeat(100));
    const body = bodyOf(bytes, 9, () => {
      cancelled = true;
    });
    for await (const _ of readEvents(body)) break;
    expect(cancelled).toBe(true);
  });
});
