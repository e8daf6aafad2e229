import * as Menu from '@radix-ui/react-dropdown-menu';
import { type FormEvent, useId, useState } from 'react';
import { useSession } from '../api/queries';
import { useDeleteView, useSaveView, useViews } from '../api/sales';
import type { ObjectModel, View } from '../api/types';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { useToast } from '../ui/Toasts';

interface ViewMenuProps {
  object: ObjectModel;
  // The view that is shown, if any.
  current?: string;
  // What the list shows beyond it, for saving as another.
  filter: string;
  orderBy: string;
  columns: string[];
  onChoose: (view: View | undefined) => void;
}

// The saved views of an object: one's own, shared ones, and those that come with it.
export function ViewMenu(props: ViewMenuProps) {
  const { object, current, onChoose } = props;
  const { user } = useSession();
  const views = useViews(object);
  const remove = useDeleteView();
  const toast = useToast();
  const [saving, setSaving] = useState(false);
  const [deleting, setDeleting] = useState<View>();
  const chosen = views.data?.find((view) => view.id === current);
  const mayDelete =
    chosen && !chosen.built_in && (chosen.owner_id === user.id || user.role === 'admin');
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="button" aria-label="View">
          {chosen?.name ?? 'View'} <Icon name="chevron-down" size={13} />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Content className="menu" align="start" sideOffset={6}>
            <div className="menu-label">Views</div>
            {views.data?.map((view) => (
              <Menu.CheckboxItem
                key={view.id}
                className="menu-item"
                checked={view.id === current}
                onSelect={() => onChoose(view)}
              >
                <span className="menu-check">
                  <Menu.ItemIndicator>
                    <Icon name="check" size={14} />
                  </Menu.ItemIndicator>
                </span>
                {view.name}
                {!view.built_in && view.visibility === 'shared' && (
                  <span className="muted"> · shared</span>
                )}
              </Menu.CheckboxItem>
            ))}
            <Menu.Separator className="menu-separator" />
            <Menu.Item className="menu-item" onSelect={() => setSaving(true)}>
              <span className="menu-check" />
              Save as a view…
            </Menu.Item>
            {mayDelete && (
              <Menu.Item className="menu-item danger" onSelect={() => setDeleting(chosen)}>
                <span className="menu-check" />
                Delete “{chosen.name}”
              </Menu.Item>
            )}
          </Menu.Content>
        </Menu.Portal>
      </Menu.Root>
      <Confirm
        title={`Delete the view “${deleting?.name}”?`}
        detail="Its records stay; only the saved way to list them goes."
        action="Delete"
        open={deleting !== undefined}
        busy={remove.isPending}
        error={remove.error?.message}
        onConfirm={() =>
          deleting &&
          remove.mutate(deleting.id, {
            onSuccess: () => {
              toast(`View ${deleting.name} deleted`);
              setDeleting(undefined);
              onChoose(undefined);
            },
          })
        }
        onClose={() => {
          setDeleting(undefined);
          remove.reset();
        }}
      />
      <Dialog small title="Save as a view" open={saving} onClose={() => setSaving(false)}>
        <SaveForm
          {...props}
          base={chosen}
          onSaved={(view) => {
            setSaving(false);
            onChoose(view);
          }}
          onCancel={() => setSaving(false)}
        />
      </Dialog>
    </>
  );
}

interface SaveFormProps extends ViewMenuProps {
  base: View | undefined;
  onSaved: (view: View) => void;
  onCancel: () => void;
}

function SaveForm({ object, base, filter, orderBy, columns, onSaved, onCancel }: SaveFormProps) {
  const id = useId();
  const save = useSaveView();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '' || save.isPending) return;
    // A view of a view keeps what the first one looked for.
    const parts = [base?.filter, filter].filter((part) => part);
    save.mutate(
      {
        name: name.trim(),
        object: object.name,
        filter:
          parts.length > 1 ? parts.map((part) => `(${part})`).join(' AND ') : (parts[0] ?? ''),
        order_by: orderBy,
        columns,
        visibility: shared ? 'shared' : 'private',
      },
      { onSuccess: onSaved },
    );
  };
  return (
    <form onSubmit={submit}>
      <div className="dialog-body">
        <div className="field">
          <label htmlFor={id}>Name</label>
          <input
            id={id}
            className="input"
            autoFocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
        <label className="check">
          <input
            type="checkbox"
            checked={shared}
            onChange={(event) => setShared(event.target.checked)}
          />
          <span>Share it with everybody who reads {object.label_plural.toLowerCase()}</span>
        </label>
        {save.error && (
          <p className="field-error" role="alert">
            {save.error.message}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <span className="grow" />
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button
          type="submit"
          className="button primary"
          disabled={name.trim() === '' || save.isPending}
        >
          Save view
        </button>
      </footer>
    </form>
  );
}
