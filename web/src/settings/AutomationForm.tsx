import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { request } from '../api/client';
import { faultsOf } from '../api/faults';
import { useModel } from '../api/queries';
import { type Automation, webhooksQuery } from '../api/settings';
import { isWritable, ownFields } from '../model/layout';
import { CheckList } from '../ui/CheckList';
import { Icon } from '../ui/Icon';
import { SelectField } from '../ui/SelectField';
import { TextField } from '../ui/TextField';
import { ActionFields } from './ActionFields';
import {
  type ActionDraft,
  type AutomationDraft,
  bodyOf,
  draftOf,
  gapsOf,
  newAction,
  newDraft,
  pointersOf,
  type UpdateMode,
} from './automationDraft';

const actionsMax = 20;
const triggers = [
  { value: 'create', label: 'created' },
  { value: 'update', label: 'changed' },
];
const modes: readonly { value: UpdateMode; label: string }[] = [
  { value: 'begins', label: 'when the condition begins to hold' },
  { value: 'changed', label: 'when one of these fields changed' },
  { value: 'every', label: 'at each change while the condition holds' },
];

interface AutomationFormProps {
  automation?: Automation;
  onSaved: () => void;
}

export function AutomationForm({ automation, onSaved }: AutomationFormProps) {
  const objects = useModel();
  const webhooks = useQuery(webhooksQuery).data ?? [];
  const [draft, setDraft] = useState<AutomationDraft>(() =>
    automation ? draftOf(automation) : newDraft('opportunity'),
  );
  // Saving was tried while something was not chosen yet.
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const object = objects.find((each) => each.name === draft.object);
  const focusFirstFault = () =>
    requestAnimationFrame(() =>
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  const save = useMutation({
    mutationFn: () => {
      const body = bodyOf(draft, objects);
      return automation
        ? request<Automation>('PATCH', `/automations/${automation.id}`, { body })
        : request<Automation>('POST', '/automations', { body });
    },
    onSuccess: onSaved,
    onError: focusFirstFault,
  });
  const faults = faultsOf(save.error, pointersOf(draft));
  const gaps = gapsOf(draft);
  const at = tried ? { ...faults.at, ...gaps } : faults.at;
  const { rest } = faults;
  const change = (part: Partial<AutomationDraft>) => setDraft({ ...draft, ...part });
  const changeAction = (index: number, action: ActionDraft) =>
    change({ actions: draft.actions.map((each, i) => (i === index ? action : each)) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(gaps).length > 0) focusFirstFault();
    else if (!save.isPending) save.mutate();
  };
  return (
    <form ref={form} onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <TextField
          label="Name"
          required
          autoFocus
          placeholder="Chase big deals"
          value={draft.name}
          error={at['/name']}
          onChange={(event) => change({ name: event.target.value })}
        />
        <SelectField
          label="Records of"
          value={draft.object}
          error={at['/object']}
          onChange={(event) => change({ object: event.target.value, changed: [] })}
        >
          {objects
            .filter((each) => isWritable(each) || each.name === draft.object)
            .map((each) => (
              <option key={each.name} value={each.name}>
                {each.label_plural}
              </option>
            ))}
        </SelectField>
        <CheckList
          legend="It runs when one is"
          options={triggers}
          chosen={[draft.onCreate ? 'create' : '', draft.onUpdate ? 'update' : '']}
          error={at['/on']}
          onChange={(on) =>
            change({ onCreate: on.includes('create'), onUpdate: on.includes('update') })
          }
        />
        <TextField
          label="Condition"
          spellCheck={false}
          placeholder='amount > 100000 AND stage = "proposal"'
          value={draft.condition}
          error={at['/condition']}
          hint="A filter, also over related records. Empty: always."
          onChange={(event) => change({ condition: event.target.value })}
        />
        {draft.onUpdate && (
          <SelectField
            label="On a change it runs"
            value={draft.mode}
            error={draft.mode === 'changed' ? undefined : at['/changed']}
            onChange={(event) => change({ mode: event.target.value as UpdateMode })}
          >
            {modes.map((mode) => (
              <option key={mode.value} value={mode.value}>
                {mode.label}
              </option>
            ))}
          </SelectField>
        )}
        {draft.onUpdate && draft.mode === 'changed' && object && (
          <CheckList
            legend="These fields"
            columns
            options={ownFields(object).map(({ name, label }) => ({ value: name, label }))}
            chosen={draft.changed}
            error={at['/changed']}
            onChange={(changed) => change({ changed })}
          />
        )}
        <Actions
          draft={draft}
          faults={at}
          webhooks={webhooks}
          onChange={(actions) => change({ actions })}
          onAction={changeAction}
        />
        <div className="two-fields">
          <TextField
            label="Position"
            inputMode="numeric"
            hint="Of several of the same object, lower ones run first."
            value={draft.position}
            error={at['/position']}
            onChange={(event) => change({ position: event.target.value })}
          />
          <label className="check">
            <input
              type="checkbox"
              checked={draft.active}
              onChange={(event) => change({ active: event.target.checked })}
            />
            <span>Switched on</span>
          </label>
        </div>
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={save.isPending}>
          {save.isPending ? 'Saving…' : 'Save automation'}
        </button>
      </footer>
    </form>
  );
}

interface ActionsProps {
  draft: AutomationDraft;
  faults: Record<string, string>;
  webhooks: { id: string; url: string; description: string }[];
  onChange: (actions: ActionDraft[]) => void;
  onAction: (index: number, action: ActionDraft) => void;
}

function Actions({ draft, faults, webhooks, onChange, onAction }: ActionsProps) {
  const id = useId();
  const { actions } = draft;
  const move = (from: number, to: number) => {
    const next = actions.filter((_, index) => index !== from);
    next.splice(to, 0, actions[from] as ActionDraft);
    onChange(next);
  };
  return (
    <fieldset className="check-list" aria-describedby={faults['/actions'] ? id : undefined}>
      <legend>What it does, in this order</legend>
      {faults['/actions'] && (
        <span id={id} className="field-error" role="alert">
          {faults['/actions']}
        </span>
      )}
      <ol className="action-list">
        {actions.map((action, index) => (
          <li key={action.key}>
            <ActionFields
              action={action}
              number={index + 1}
              objectName={draft.object}
              faults={faults}
              pointer={`/actions/${index}`}
              webhooks={webhooks}
              onChange={(next) => onAction(index, next)}
              onUp={index > 0 ? () => move(index, index - 1) : undefined}
              onDown={index < actions.length - 1 ? () => move(index, index + 1) : undefined}
              onRemove={
                actions.length > 1
                  ? () => onChange(actions.filter((each) => each.key !== action.key))
                  : undefined
              }
            />
          </li>
        ))}
      </ol>
      {actions.length < actionsMax && (
        <button
          type="button"
          className="button small action-add"
          onClick={() => onChange([...actions, newAction('set')])}
        >
          <Icon name="plus" size={14} /> Add an action
        </button>
      )}
    </fieldset>
  );
}
