import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useObject, useRecord, useShortList } from '../api/queries';
import type { CrmRecord, Field, FieldValue } from '../api/types';
import { titleOf } from '../model/format';
import { cardFields } from '../model/layout';
import { Icon } from '../ui/Icon';
import { useDebounced } from '../ui/useDebounced';

interface RelationPickerProps {
  field: Field;
  id: string;
  value: FieldValue;
  title?: string;
  onChange: (value: FieldValue, title?: string) => void;
  invalid?: boolean;
  describedBy?: string;
  autoFocus?: boolean;
}

const offered = 8;

// Finds the record a relation points at by typing part of its name (the combobox pattern).
export function RelationPicker(props: RelationPickerProps) {
  const { field, id, value, onChange } = props;
  const object = useObject(field.relation?.object ?? '');
  const [text, setText] = useState<string>();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const q = useDebounced((text ?? '').trim(), 150);
  const found = useShortList(
    object,
    { q: q || undefined, page_size: offered, order_by: q ? undefined : object?.title_field },
    open,
  );
  // The title may be unknown (a default, a link): then it is read once.
  const current = useRecord(
    object,
    value && props.title === undefined ? String(value) : undefined,
  ).data;
  const chosen = value ? (props.title ?? (object && current ? titleOf(object, current) : '…')) : '';
  const items = found.data?.items ?? [];
  const at = Math.min(active, Math.max(items.length - 1, 0));

  // Until the answer to what was typed is there, the list is that of something else.
  const typed = (text ?? '').trim();
  const settled = q === typed && !found.isPlaceholderData;
  const [chosenEarly, setChosenEarly] = useState<string>();

  const choose = (record: CrmRecord | undefined) => {
    if (!record || !object) return;
    onChange(record.id, titleOf(object, record));
    setText(undefined);
    setOpen(false);
  };
  const clear = () => {
    onChange(null);
    setText(undefined);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) setOpen(true);
      else if (items.length > 0) {
        const step = event.key === 'ArrowDown' ? 1 : -1;
        setActive((at + step + items.length) % items.length);
      }
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      event.stopPropagation();
      if (settled) choose(items[at]);
      else setChosenEarly(typed);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
      setText(undefined);
    }
  };

  // Enter came before the answer: what stands first in it is meant.
  useEffect(() => {
    if (!settled || chosenEarly === undefined) return;
    setChosenEarly(undefined);
    if (open && chosenEarly === typed) choose(items[0]);
  });

  return (
    <div className="picker">
      <input
        ref={input}
        id={id}
        className="input"
        role="combobox"
        autoComplete="off"
        autoFocus={props.autoFocus}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-activedescendant={open && items.length > 0 ? `${id}-${at}` : undefined}
        aria-invalid={props.invalid || undefined}
        aria-describedby={props.describedBy}
        aria-required={field.required || undefined}
        placeholder={object ? `Find ${article(object.label)} ${object.label.toLowerCase()}` : ''}
        value={text ?? chosen}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
          setOpen(true);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => {
          setOpen(false);
          setText(undefined);
        }}
        onKeyDown={onKeyDown}
      />
      {value !== null && value !== '' && (
        <button
          type="button"
          className="button quiet icon-only small picker-clear"
          aria-label={`Clear ${field.label}`}
          onMouseDown={(event) => event.preventDefault()}
          onClick={clear}
        >
          <Icon name="close" size={13} />
        </button>
      )}
      {open && (
        <div className="picker-list" id={`${id}-list`} role="listbox" aria-label={field.label}>
          {items.map((record, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
            <div
              key={record.id}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              className="menu-item"
              // Choosing must win against the input's blur.
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setActive(index)}
              onClick={() => choose(record)}
            >
              <span className="picker-title">{object ? titleOf(object, record) : record.id}</span>
              <span className="muted picker-detail">
                {object && detail(record, cardFields(object))}
              </span>
            </div>
          ))}
          {items.length === 0 && (
            <div className="picker-note">
              {found.isFetching
                ? 'Searching…'
                : found.error
                  ? found.error.message
                  : 'Nothing found'}
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function detail(record: CrmRecord, fields: readonly Field[]): string {
  const field = fields.find((candidate) => candidate.type === 'text' || candidate.type === 'email');
  const value = field && record[field.name];
  return typeof value === 'string' ? value : '';
}

function article(word: string): string {
  return /^[aeiou](?!ser)/i.test(word) ? 'an' : 'a';
}
