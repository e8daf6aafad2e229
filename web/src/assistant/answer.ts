import { send } from '../api/client';
import { ApiError, isUnavailable } from '../api/problem';
import { readEvents, type ServerEvent } from '../api/sse';
import type { AnswerCell, AnswerColumn, Problem } from '../api/types';

export interface AnswerError {
  message: string;
  // away: the source cannot be reached, and the same question may be asked again later.
  // question: it was not understood or is not allowed, and has to be put differently.
  kind: 'away' | 'question' | 'failure';
}

// An answer as far as it has arrived. Rows come from a lakehouse and live in this object only:
// nothing here is ever stored, and forgetting the object forgets the rows.
export interface Answer {
  state: 'running' | 'done' | 'failed' | 'cancelled';
  sentence: string;
  sql: string;
  source: string;
  columns: AnswerColumn[];
  rows: AnswerCell[][];
  rowCount?: number;
  elapsedMs?: number;
  truncated: boolean;
  error?: AnswerError;
}

export const emptyAnswer: Answer = {
  state: 'running',
  sentence: '',
  sql: '',
  source: '',
  columns: [],
  rows: [],
  truncated: false,
};

// The answer after one more event of the stream. Events this build does not know are skipped; one
// that cannot be read fails the answer rather than showing half of it as if it were whole.
export function applyEvent(answer: Answer, event: ServerEvent): Answer {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(event.data) as Record<string, unknown>;
  } catch {
    return failed(answer, { message: 'The answer could not be read.', kind: 'failure' });
  }
  switch (event.event) {
    case 'plan':
      return {
        ...answer,
        sentence: text(data.answer) || answer.sentence,
        sql: text(data.sql) || answer.sql,
        source: text(data.source) || answer.source,
      };
    case 'columns':
      return { ...answer, columns: (data.columns as AnswerColumn[]) ?? [] };
    case 'rows':
      return { ...answer, rows: answer.rows.concat((data.rows as AnswerCell[][]) ?? []) };
    case 'done':
      return {
        ...answer,
        state: 'done',
        sentence: text(data.answer) || answer.sentence,
        elapsedMs: number(data.elapsed_ms),
        rowCount: number(data.row_count) ?? answer.rows.length,
        truncated: data.truncated === true,
      };
    case 'error':
      return failed(answer, errorOf(new ApiError(number(data.status) ?? 500, data as Problem)));
    default:
      return answer;
  }
}

// The same answer when the server sent it in one piece.
export function fromJson(data: Record<string, unknown>): Answer {
  return {
    state: 'done',
    sentence: text(data.answer),
    sql: text(data.sql),
    source: text(data.source),
    columns: (data.columns as AnswerColumn[]) ?? [],
    rows: (data.rows as AnswerCell[][]) ?? [],
    rowCount: number(data.row_count),
    elapsedMs: number(data.elapsed_ms),
    truncated: data.truncated === true,
  };
}

// Asks and reports the answer every time it grows. Never throws: what goes wrong is in the answer.
export async function ask(
  question: string,
  conversation: string,
  signal: AbortSignal,
  onAnswer: (answer: Answer) => void,
): Promise<void> {
  let answer = emptyAnswer;
  const report = (next: Answer) => {
    answer = next;
    onAnswer(next);
  };
  try {
    const response = await send('POST', '/assistant/questions', {
      body: { question, conversation_id: conversation },
      accept: 'text/event-stream',
      signal,
    });
    const streamed = response.headers.get('Content-Type')?.startsWith('text/event-stream');
    if (!streamed || !response.body) {
      report(fromJson((await response.json()) as Record<string, unknown>));
      return;
    }
    for await (const event of readEvents(response.body)) {
      report(applyEvent(answer, event));
      if (answer.state !== 'running') return;
    }
    report(failed(answer, { message: 'The answer broke off. Ask again.', kind: 'failure' }));
  } catch (error) {
    if (signal.aborted) report({ ...answer, state: 'cancelled' });
    else report(failed(answer, errorOf(error)));
  }
}

function failed(answer: Answer, error: AnswerError): Answer {
  return { ...answer, state: 'failed', error };
}

const questionCodes = ['invalid', 'not_found', 'unsupported', 'over_budget', 'forbidden'];

function errorOf(error: unknown): AnswerError {
  const message = error instanceof Error ? error.message : 'Something went wrong.';
  // A stream that breaks in the middle (TypeError) is the network's doing too.
  if (!(error instanceof ApiError) || isUnavailable(error)) return { message, kind: 'away' };
  return { message, kind: questionCodes.includes(error.code) ? 'question' : 'failure' };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
