import * as Menu from '@radix-ui/react-dropdown-menu';
import { apiBase, withQuery } from '../api/client';
import type { Field, ObjectModel } from '../api/types';
import { Icon } from '../ui/Icon';

interface ExportMenuProps {
  object: ObjectModel;
  columns: readonly Field[];
  filter?: string;
  orderBy?: string;
  view?: string;
}

// The list as a file, however long it is: the browser downloads it while the server writes it.
export function ExportMenu({ object, columns, filter, orderBy, view }: ExportMenuProps) {
  const link = (query: Record<string, string | undefined>) =>
    apiBase +
    withQuery(`/${object.plural}:export`, {
      filter,
      order_by: orderBy,
      view,
      fields: ['id', ...columns.map((field) => field.name)].join(','),
      ...query,
    });
  const entries = [
    { label: 'CSV', href: link({ relations: 'title' }) },
    { label: 'CSV for spreadsheets', href: link({ relations: 'title', spreadsheet: 'true' }) },
    { label: 'Parquet', href: link({ format: 'parquet' }) },
    { label: 'CSV with all fields', href: link({ fields: undefined }) },
  ];
  return (
    <Menu.Root>
      <Menu.Trigger className="button quiet icon-only" aria-label="Export" title="Export">
        <Icon name="download" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="end" sideOffset={6}>
          <div className="menu-label">Export this list</div>
          {entries.map((entry) => (
            <Menu.Item key={entry.label} className="menu-item" asChild>
              <a href={entry.href} download>
                {entry.label}
              </a>
            </Menu.Item>
          ))}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
