import { useState } from 'react';
import { formatDecimal, formatDuration } from '../model/format';
import { Icon } from '../ui/Icon';
import { Badge } from '../ui/States';
import type { Answer } from './answer';
import { ResultTable } from './ResultTable';
import { breakClauses } from './sql';

export function AnswerView({ answer, onAgain }: { answer: Answer; onAgain: () => void }) {
  const running = answer.state === 'running';
  return (
    <div className="answer" aria-busy={running}>
      {answer.sentence && <p className="sentence">{answer.sentence}</p>}
      {running && answer.rows.length === 0 && (
        <p className="muted thinking" role="status">
          <span className="dot pulse" /> Reading live from the source…
        </p>
      )}
      {answer.columns.length > 0 && (answer.rows.length > 0 || answer.state === 'done') && (
        <ResultTable columns={answer.columns} rows={answer.rows} settled={!running} />
      )}
      {answer.error && <AnswerFailure answer={answer} onAgain={onAgain} />}
      {answer.state === 'cancelled' && (
        <div className="notice">
          <Icon name="stop" />
          <div className="grow">Stopped. The source was told to stop too.</div>
          <AgainButton onAgain={onAgain} />
        </div>
      )}
      <AnswerFoot answer={answer} />
      {answer.sql && <Sql sql={answer.sql} />}
    </div>
  );
}

const failureLooks = {
  away: { className: 'notice warm', icon: 'cloud' },
  question: { className: 'notice', icon: 'info' },
  failure: { className: 'notice bad', icon: 'alert' },
} as const;

// A source that is away is nobody's fault and the rest of the page works: said calmly.
function AnswerFailure({ answer, onAgain }: { answer: Answer; onAgain: () => void }) {
  if (!answer.error) return null;
  const { message, kind } = answer.error;
  const look = failureLooks[kind];
  return (
    <div className={look.className} role="alert">
      <Icon name={look.icon} />
      <div className="grow answer-error">
        {message.charAt(0).toUpperCase() + message.slice(1)}
        {kind === 'away' && (
          <div className="muted">Your accounts and everything else here work as usual.</div>
        )}
      </div>
      {kind !== 'question' && (
        <AgainButton onAgain={onAgain} label={kind === 'away' ? 'Retry' : 'Ask again'} />
      )}
    </div>
  );
}

function AgainButton({ onAgain, label = 'Ask again' }: { onAgain: () => void; label?: string }) {
  return (
    <button type="button" className="button small" onClick={onAgain}>
      <Icon name="reload" size={13} /> {label}
    </button>
  );
}

function AnswerFoot({ answer }: { answer: Answer }) {
  const rows = answer.rowCount ?? (answer.rows.length > 0 ? answer.rows.length : undefined);
  if (!answer.source && rows === undefined) return null;
  return (
    <div className="answer-foot numeric">
      {answer.source && <Badge tone="cool">{answer.source}</Badge>}
      {rows !== undefined && (
        <Badge>
          {formatDecimal(rows)} {rows === 1 ? 'row' : 'rows'}
          {answer.truncated && ' (cut short)'}
        </Badge>
      )}
      {answer.elapsedMs !== undefined && <Badge>{formatDuration(answer.elapsedMs)}</Badge>}
      {answer.state === 'done' && <span className="muted">read live, not stored</span>}
    </div>
  );
}

function Sql({ sql }: { sql: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(sql);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <details className="sql">
      <summary>
        <Icon name="right" size={13} /> SQL
      </summary>
      <div className="sql-body">
        <pre>
          <code>{breakClauses(sql)}</code>
        </pre>
        <button
          type="button"
          className="button small icon-only"
          aria-label="Copy SQL"
          onClick={() => void copy()}
        >
          <Icon name={copied ? 'check' : 'copy'} size={13} />
        </button>
      </div>
    </details>
  );
}
