import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { sourcesQuery } from '../api/queries';
import { Icon } from '../ui/Icon';
import { Badge } from '../ui/States';
import { AnswerView } from './AnswerView';
import { useAssistant } from './AssistantProvider';

const questionMarginPx = 16;

// The questions asked so far with their answers, and the box for the next one.
export function Conversation() {
  const assistant = useAssistant();
  const last = useRef<HTMLElement>(null);
  const count = assistant.exchanges.length;
  // A new question moves to the top, where its answer has room to grow.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the count is what says there is one
  useEffect(() => {
    const list = last.current?.parentElement;
    if (list && last.current) list.scrollTop = last.current.offsetTop - questionMarginPx;
  }, [count]);
  return (
    <>
      <div className="conversation">
        {count === 0 && <Welcome />}
        {assistant.exchanges.map((exchange, index) => (
          <article
            key={exchange.key}
            ref={index === count - 1 ? last : undefined}
            className="exchange"
            aria-label={exchange.question}
          >
            <div className="question">{exchange.question}</div>
            {exchange.answer ? (
              <AnswerView
                answer={exchange.answer}
                onAgain={() => assistant.askAgain(exchange.key)}
              />
            ) : (
              <button
                type="button"
                className="button small"
                onClick={() => assistant.askAgain(exchange.key)}
              >
                <Icon name="reload" size={13} /> Ask again
              </button>
            )}
          </article>
        ))}
      </div>
      <QuestionBox />
    </>
  );
}

function Welcome() {
  const assistant = useAssistant();
  const sources = useQuery(sourcesQuery);
  return (
    <div className="welcome">
      <Icon name="assistant" size={30} />
      <h2>Ask your lakehouse</h2>
      <p className="muted">
        Answers are read live from the source at the moment you ask. Nothing is copied or kept.
      </p>
      {sources.data && sources.data.sources.length > 0 && (
        <div className="sources">
          {sources.data.sources.map((source) => (
            <Badge key={source.name} tone={statusTone(source.status)}>
              <span className="dot" /> {source.name}
              {statusTone(source.status) === 'warm' && ` · ${source.status}`}
            </Badge>
          ))}
        </div>
      )}
      <ul className="examples" aria-label="Example questions">
        {(sources.data?.examples ?? []).map((question) => (
          <li key={question}>
            <button type="button" onClick={() => assistant.ask(question)}>
              <span className="grow">{question}</span>
              <Icon name="right" size={14} />
            </button>
          </li>
        ))}
      </ul>
      {sources.error && <p className="muted">{sources.error.message}</p>}
    </div>
  );
}

// A source nobody has asked yet is "unknown", which is no reason to worry.
function statusTone(status: string): 'good' | 'warm' | 'neutral' {
  if (status === 'available') return 'good';
  return status === 'unavailable' ? 'warm' : 'neutral';
}

function QuestionBox() {
  const assistant = useAssistant();
  const [text, setText] = useState('');
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, []);

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!text.trim()) return;
    assistant.ask(text);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === 'ArrowUp' && text === '') {
      const last = assistant.exchanges[assistant.exchanges.length - 1];
      if (last) setText(last.question);
    }
  };
  return (
    <form className="question-box" onSubmit={submit}>
      <textarea
        ref={box}
        rows={2}
        aria-label="Your question"
        placeholder="Ask about margin, orders, accounts…"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {assistant.running ? (
        <button
          type="button"
          className="button icon-only"
          aria-label="Stop"
          title="Stop"
          onClick={assistant.cancel}
        >
          <Icon name="stop" />
        </button>
      ) : (
        <button
          type="submit"
          className="button primary icon-only"
          aria-label="Ask"
          disabled={!text.trim()}
        >
          <Icon name="send" />
        </button>
      )}
    </form>
  );
}
