import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Answer, applyEvent, ask, emptyAnswer, fromJson } from './answer';

const event = (name: string, data: unknown) => ({ event: name, data: JSON.stringify(data) });
const columns = [{ name: 'gross_margin', label: 'Gross margin', type: 'decimal(18,2)' }];
const frame = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

function answerWith(body: BodyInit, type = 'text/event-stream', status = 200) {
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => new Response(body, { status, headers: { 'Content-Type': type } })),
  );
}

async function run(signal = new AbortController().signal): Promise<Answer[]> {
  const seen: Answer[] = [];
  await ask('Why?', 'c1', signal, (answer) => seen.push(answer));
  return seen;
}

afterEach(() => vi.unstubAllGlobals());

describe('applyEvent', () => {
  it('grows the answer event by event', () => {
    let answer = applyEvent(
      emptyAnswer,
      event('plan', { answer: 'So.', sql: 'SELECT 1', source: 'lake' }),
    );
    answer = applyEvent(answer, event('columns', { columns }));
    answer = applyEvent(answer, event('rows', { rows: [['1.10']] }));
    answer = applyEvent(answer, event('heartbeat', {}));
    answer = applyEvent(answer, event('rows', { rows: [['12345678901234567890.12']] }));
    answer = applyEvent(answer, event('done', { elapsed_ms: 12, row_count: 2, truncated: true }));
    expect(answer).toMatchObject({
      state: 'done',
      sentence: 'So.',
      sql: 'SELECT 1',
      source: 'lake',
      columns,
      rows: [['1.10'], ['12345678901234567890.12']],
      elapsedMs: 12,
      rowCount: 2,
      truncated: true,
    });
  });

  it('tells an absent source from a refused question', () => {
    const away = applyEvent(
      emptyAnswer,
      event('error', { code: 'unavailable', detail: 'the lakehouse is currently unavailable' }),
    );
    expect(away.error).toEqual({
      message: 'the lakehouse is currently unavailable',
      kind: 'away',
    });
    const refused = applyEvent(
      emptyAnswer,
      event('error', { code: 'invalid', detail: 'No such metric.' }),
    );
    expect(refused.error).toEqual({ message: 'No such metric.', kind: 'question' });
    const vague = applyEvent(emptyAnswer, event('error', { detail: 'Oops.' }));
    expect(vague.error?.kind).toBe('failure');
  });

  it('fails on an event it cannot read', () => {
    expect(applyEvent(emptyAnswer, { event: 'rows', data: '{' }).state).toBe('failed');
  });
});

describe('ask', () => {
  it('reports the answer as it grows', async () => {
    answerWith(
      frame('columns', { columns }) +
        frame('rows', { rows: [['1']] }) +
        frame('done', { elapsed_ms: 1 }),
    );
    const seen = await run();
    expect(seen.map((answer) => answer.state)).toEqual(['running', 'running', 'done']);
    expect(seen.at(-1)?.rowCount).toBe(1);
  });

  it('says so when the stream breaks off', async () => {
    answerWith(frame('columns', { columns }));
    expect((await run()).at(-1)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('broke off') },
    });
  });

  it('takes an answer in one piece, and a refusal', async () => {
    answerWith(JSON.stringify({ answer: 'So.', columns, rows: [['1']] }), 'application/json');
    expect((await run()).at(-1)).toMatchObject({ state: 'done', sentence: 'So.', rows: [['1']] });
    answerWith(
      '{"code":"over_budget","detail":"The budget is used up."}',
      'application/problem+json',
      429,
    );
    expect((await run()).at(-1)?.error).toEqual({
      message: 'The budget is used up.',
      kind: 'question',
    });
  });

  it('ends as cancelled when the person stops it, with what had arrived', async () => {
    const controller = new AbortController();
    vi.stubGlobal(
      'fetch',
      vi.fn(async (_: string, { signal }: { signal: AbortSignal }) => {
        const body = new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode(frame('rows', { rows: [['1']] })));
            signal.addEventListener('abort', () => stream.error(signal.reason));
          },
        });
        return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
      }),
    );
    const seen: Answer[] = [];
    await ask('Why?', 'c1', controller.signal, (answer) => {
      seen.push(answer);
      controller.abort();
    });
    expect(seen.at(-1)).toMatchObject({ state: 'cancelled', rows: [['1']] });
  });

  it('takes an unreachable server for an absent source', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('failed')));
    expect((await run()).at(-1)?.error?.kind).toBe('away');
  });
});

describe('fromJson', () => {
  it('survives missing members', () => {
    expect(fromJson({})).toMatchObject({ state: 'done', rows: [], columns: [], sentence: '' });
  });
});
