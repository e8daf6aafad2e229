import * as Popover from '@radix-ui/react-popover';
import { type FormEvent, useId, useState } from 'react';
import {
  type Condition,
  needsValue,
  type Operator,
  operatorLabels,
  operatorsFor,
} from '../api/filter';
import { useSession } from '../api/queries';
import type { Field, ObjectModel } from '../api/types';
import { formatValue } from '../model/format';
import { Icon } from '../ui/Icon';
import { useShortcuts } from '../ui/shortcuts';
import { FieldControl, toWire } from './FieldControl';

interface FilterBarProps {
  object: ObjectModel;
  conditions: Condition[];
  onChange: (conditions: Condition[]) => void;
}

// The conditions of a list as chips, "Mine" as the one everybody needs, and a form to add more.
export function FilterBar({ object, conditions, onChange }: FilterBarProps) {
  const { user, workspace } = useSession();
  const [open, setOpen] = useState(false);
  const hasOwner = object.fields.some((field) => field.name === 'owner_id');
  const isMine = (condition: Condition) =>
    condition.field === 'owner_id' && condition.op === 'eq' && condition.value === user.id;
  const mine = conditions.some(isMine);
  useShortcuts({ f: () => setOpen(true) });

  const toggleMine = () => {
    const others = conditions.filter((condition) => condition.field !== 'owner_id');
    onChange(
      mine
        ? others
        : [...others, { field: 'owner_id', op: 'eq', value: user.id, label: user.name }],
    );
  };

  return (
    <>
      {hasOwner && (
        <button type="button" className="button" aria-pressed={mine} onClick={toggleMine}>
          Mine
        </button>
      )}
      {conditions.map((condition, index) => {
        if (isMine(condition)) return null;
        const field = object.fields.find((candidate) => candidate.name === condition.field);
        if (!field) return null;
        const shown =
          condition.label ?? formatValue(field, condition.value, { currency: workspace.currency });
        return (
          <span key={`${condition.field}-${condition.op}-${condition.value}`} className="chip">
            <span className="muted">
              {field.label} {operatorLabels[condition.op]}
            </span>{' '}
            {needsValue(condition.op) && shown}
            <button
              type="button"
              aria-label={`Remove filter ${field.label}`}
              onClick={() => onChange(conditions.filter((_, other) => other !== index))}
            >
              <Icon name="close" size={12} />
            </button>
          </span>
        );
      })}
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger className="button">
          <Icon name="filter" /> <span className="roomy">Filter</span>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            className="popover"
            align="start"
            sideOffset={6}
            aria-label="Add a filter"
          >
            <ConditionForm
              object={object}
              onAdd={(condition) => {
                onChange([...conditions, condition]);
                setOpen(false);
              }}
            />
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    </>
  );
}

function ConditionForm({
  object,
  onAdd,
}: {
  object: ObjectModel;
  onAdd: (condition: Condition) => void;
}) {
  const id = useId();
  const fields = object.fields.filter((field) => field.type !== 'id');
  const [name, setName] = useState(
    () => (fields.find((field) => field.type === 'select') ?? fields[0])?.name ?? '',
  );
  const field = fields.find((candidate) => candidate.name === name) as Field;
  const operators = operatorsFor(field);
  const [op, setOp] = useState<Operator>(operators[0] as Operator);
  const [value, setValue] = useState<Condition['value']>(null);
  const [label, setLabel] = useState<string>();

  const chooseField = (next: string) => {
    const chosen = fields.find((candidate) => candidate.name === next) as Field;
    setName(next);
    setOp(operatorsFor(chosen)[0] as Operator);
    setValue(chosen.type === 'boolean' ? true : null);
    setLabel(undefined);
  };
  const ready = !needsValue(op) || (value !== null && value !== undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (!ready) return;
    onAdd(
      needsValue(op)
        ? { field: name, op, value: toWire(field, value ?? null), label }
        : { field: name, op },
    );
  };
  // Filters search in long texts too, but nobody writes one to do it.
  const control = field.type === 'long_text' ? { ...field, type: 'text' } : field;

  return (
    <form className="popover-form" onSubmit={submit}>
      <div className="field">
        <label htmlFor={`${id}-field`}>Field</label>
        <select
          id={`${id}-field`}
          className="input"
          value={name}
          onChange={(event) => chooseField(event.target.value)}
        >
          {fields.map((candidate) => (
            <option key={candidate.name} value={candidate.name}>
              {candidate.label}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-op`}>Condition</label>
        <select
          id={`${id}-op`}
          className="input"
          value={op}
          onChange={(event) => setOp(event.target.value as Operator)}
        >
          {operators.map((operator) => (
            <option key={operator} value={operator}>
              {operatorLabels[operator]}
            </option>
          ))}
        </select>
      </div>
      {needsValue(op) && (
        <div className="field">
          <label htmlFor={`${id}-value`}>Value</label>
          <FieldControl
            key={name}
            field={{ ...control, required: false }}
            objectName={object.name}
            id={`${id}-value`}
            value={value ?? null}
            title={label}
            onChange={(next, title) => {
              setValue(next);
              setLabel(title);
            }}
          />
        </div>
      )}
      <button type="submit" className="button primary" disabled={!ready}>
        Add filter
      </button>
    </form>
  );
}
