import { useQuery } from '@tanstack/react-query';
import { sourcesQuery } from '../api/queries';
import { Icon } from '../ui/Icon';
import { useAssistant } from './AssistantProvider';
import { accountQuestions } from './questions';

// Beside an account's own records: what the lakehouse can say about it, read when it is asked.
export function AskCard({ account }: { account: string }) {
  const assistant = useAssistant();
  const questions = accountQuestions(useQuery(sourcesQuery).data, account);
  if (questions.length === 0) return null;
  return (
    <section className="card" aria-label="From the lakehouse">
      <div className="card-head">
        <Icon name="assistant" />
        <h2 className="grow">From the lakehouse</h2>
      </div>
      <div className="ask-card">
        {questions.map(({ label, question }) => (
          <button
            key={label}
            type="button"
            className="button small"
            onClick={() => {
              assistant.show();
              assistant.ask(question);
            }}
          >
            {label}
          </button>
        ))}
      </div>
    </section>
  );
}
