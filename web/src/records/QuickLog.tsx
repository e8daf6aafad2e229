import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { fieldErrors } from '../api/problem';
import { type Fields, useObject, useSave, useSession } from '../api/queries';
import type { CrmRecord, Field } from '../api/types';
import { localInputToInstant } from '../model/format';
import { Icon } from '../ui/Icon';
import { useToast } from '../ui/Toasts';

const kinds = [
  { kind: 'call', label: 'Call', subject: 'What was the call about?' },
  { kind: 'note', label: 'Note', subject: 'What should be remembered?' },
  { kind: 'task', label: 'Task', subject: 'What is to be done?' },
  { kind: 'meeting', label: 'Meeting', subject: 'What was the meeting about?' },
] as const;

export type QuickKind = (typeof kinds)[number]['kind'];

interface QuickLogProps {
  // The activity field that points at this record.
  link: Field;
  record: CrmRecord;
  kind: QuickKind | undefined;
  onKind: (kind: QuickKind | undefined) => void;
}

// Logs what just happened, or what is to be done, without leaving the record.
export function QuickLog({ link, record, kind, onKind }: QuickLogProps) {
  return (
    <div className="card quick-log">
      <div className="quick-kinds" role="toolbar" aria-label="Log an activity">
        {kinds.map((entry) => (
          <button
            key={entry.kind}
            type="button"
            className="button quiet small"
            aria-pressed={kind === entry.kind}
            onClick={() => onKind(kind === entry.kind ? undefined : entry.kind)}
          >
            <Icon name={entry.kind} size={15} /> {entry.label}
          </button>
        ))}
      </div>
      {kind && (
        <QuickForm link={link} record={record} kind={kind} onDone={() => onKind(undefined)} />
      )}
    </div>
  );
}

interface QuickFormProps {
  link: Field;
  record: CrmRecord;
  kind: QuickKind;
  onDone: () => void;
}

function QuickForm({ link, record, kind, onDone }: QuickFormProps) {
  const id = useId();
  const activity = useObject('activity');
  const { user } = useSession();
  const [subject, setSubject] = useState('');
  const [body, setBody] = useState('');
  const [due, setDue] = useState('');
  const save = useSave();
  const toast = useToast();
  const first = useRef<HTMLInputElement>(null);
  const { byField, rest } = fieldErrors(save.error, ['subject', 'body', 'due_at']);
  const entry = kinds.find((candidate) => candidate.kind === kind);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another kind is another form
  useEffect(() => {
    first.current?.focus();
  }, [kind]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!activity || save.isPending) return;
    save.mutate(
      {
        object: activity,
        fields: quickFields({ link, record, kind, subject, body, due, userId: user.id }),
      },
      {
        onSuccess: () => {
          toast(kind === 'task' ? 'Task added' : `${entry?.label} logged`);
          onDone();
        },
      },
    );
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === 'Escape') onDone();
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.currentTarget.requestSubmit();
    }
  };

  return (
    <form className="quick-form" onSubmit={submit} onKeyDown={onKeyDown} noValidate>
      <input
        ref={first}
        className="input"
        aria-label="Subject"
        placeholder={entry?.subject}
        value={subject}
        aria-invalid={byField.subject ? true : undefined}
        aria-describedby={byField.subject ? `${id}-subject` : undefined}
        onChange={(event) => setSubject(event.target.value)}
      />
      {byField.subject && (
        <span id={`${id}-subject`} className="field-error" role="alert">
          {byField.subject}
        </span>
      )}
      <textarea
        className="input"
        aria-label="Details"
        placeholder="Details (optional)"
        rows={2}
        value={body}
        onChange={(event) => setBody(event.target.value)}
      />
      {kind === 'task' && (
        <div className="field">
          <label htmlFor={`${id}-due`}>Due</label>
          <input
            id={`${id}-due`}
            className="input"
            type="datetime-local"
            value={due}
            onChange={(event) => setDue(event.target.value)}
          />
          {byField.due_at && <span className="field-error">{byField.due_at}</span>}
        </div>
      )}
      {rest.length > 0 && (
        <span className="field-error" role="alert">
          {rest.join(' ')}
        </span>
      )}
      <div className="quick-actions">
        <button type="button" className="button small" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="button primary small" disabled={save.isPending}>
          {kind === 'task' ? 'Add task' : `Log ${kind}`}
        </button>
      </div>
    </form>
  );
}

interface QuickInput {
  link: Field;
  record: CrmRecord;
  kind: QuickKind;
  subject: string;
  body: string;
  due: string;
  userId: string;
}

// A call on a contact or a deal belongs to the account too, so that the account's timeline has it.
export function quickFields(input: QuickInput): Fields {
  const fields: Fields = {
    type: input.kind,
    subject: input.subject.trim(),
    status: input.kind === 'task' ? 'open' : 'completed',
    occurred_at: new Date().toISOString(),
    owner_id: input.userId,
    [input.link.name]: input.record.id,
  };
  if (input.body.trim()) fields.body = input.body.trim();
  if (input.kind === 'task' && input.due) fields.due_at = localInputToInstant(input.due);
  if (input.link.name !== 'account_id' && typeof input.record.account_id === 'string') {
    fields.account_id = input.record.account_id;
  }
  return fields;
}
