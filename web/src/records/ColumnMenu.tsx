import * as Menu from '@radix-ui/react-dropdown-menu';
import { useState } from 'react';
import type { Field, ObjectModel } from '../api/types';
import { Icon } from '../ui/Icon';

const storageKey = (object: ObjectModel) => `boathouse.columns.${object.name}`;

// Which columns a person likes is a taste, not data: it may live in the browser. Rows never do.
export function useChosenColumns(object: ObjectModel) {
  const [chosen, setChosen] = useState<string[] | undefined>(() => {
    try {
      const value: unknown = JSON.parse(localStorage.getItem(storageKey(object)) ?? 'null');
      return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : undefined;
    } catch {
      return undefined;
    }
  });
  const choose = (names: string[] | undefined) => {
    setChosen(names);
    try {
      if (names) localStorage.setItem(storageKey(object), JSON.stringify(names));
      else localStorage.removeItem(storageKey(object));
    } catch {
      // Private windows may refuse storage; the choice then lasts as long as the page.
    }
  };
  return [chosen, choose] as const;
}

interface ColumnMenuProps {
  object: ObjectModel;
  columns: Field[];
  onChange: (names: string[] | undefined) => void;
}

export function ColumnMenu({ object, columns, onChange }: ColumnMenuProps) {
  const shown = columns.map((field) => field.name);
  const toggle = (name: string) =>
    onChange(shown.includes(name) ? shown.filter((other) => other !== name) : [...shown, name]);
  return (
    <Menu.Root>
      <Menu.Trigger className="button quiet icon-only" aria-label="Columns" title="Columns">
        <Icon name="columns" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={6}>
          <div className="menu-label">Columns</div>
          {object.fields
            .filter((field) => field.name !== object.title_field && field.type !== 'id')
            .map((field) => (
              <Menu.CheckboxItem
                key={field.name}
                className="menu-item"
                checked={shown.includes(field.name)}
                onCheckedChange={() => toggle(field.name)}
                onSelect={(event) => event.preventDefault()}
              >
                <span className="menu-check">
                  <Menu.ItemIndicator>
                    <Icon name="check" size={14} />
                  </Menu.ItemIndicator>
                </span>
                {field.label}
              </Menu.CheckboxItem>
            ))}
          <Menu.Separator className="menu-separator" />
          <Menu.Item className="menu-item" onSelect={() => onChange(undefined)}>
            <span className="menu-check" />
            Back to the usual columns
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
