import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../api/client';
import { useModel, useSession } from '../api/queries';
import { type Automation, automationsQuery } from '../api/settings';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import { usePages } from '../ui/usePages';
import { AutomationForm } from './AutomationForm';
import { AutomationRuns } from './AutomationRuns';
import { actionsText, triggerText } from './automationDraft';
import { SettingsFrame } from './SettingsFrame';

export function AutomationsPage() {
  const { permissions } = useSession();
  const automations = useQuery({ ...automationsQuery, enabled: permissions.administer });
  const client = useQueryClient();
  const toast = useToast();
  const [editing, setEditing] = useState<Automation | 'new'>();
  const [removing, setRemoving] = useState<Automation>();
  const pages = usePages(automations.data);
  const refresh = () => client.invalidateQueries({ queryKey: automationsQuery.queryKey });
  const remove = useMutation({
    mutationFn: (automation: Automation) => request('DELETE', `/automations/${automation.id}`),
    onSuccess: async () => {
      setRemoving(undefined);
      await refresh();
    },
  });
  return (
    <SettingsFrame
      icon="reload"
      title="Automations"
      actions={
        <button type="button" className="button small" onClick={() => setEditing('new')}>
          <Icon name="plus" size={14} /> New automation
        </button>
      }
    >
      <section className="card" aria-label="Automations">
        <p className="card-text muted">
          What happens by itself when a record is created or changed, in the same step: what an
          automation does is there when the change is, or neither is.
        </p>
        {automations.isPending && <SkeletonLines count={3} label="Loading automations" />}
        {automations.isError && (
          <Failure error={automations.error} onRetry={() => void automations.refetch()} />
        )}
        {automations.data?.length === 0 && <p className="card-text">There are none yet.</p>}
        <ul className="endpoints ruled">
          {pages.items.map((automation) => (
            <AutomationRow
              key={automation.id}
              automation={automation}
              onEdit={() => setEditing(automation)}
              onRemove={() => setRemoving(automation)}
            />
          ))}
        </ul>
        {pages.more}
      </section>
      {permissions.administer && <AutomationRuns automations={automations.data ?? []} />}
      <Dialog
        title={editing === 'new' ? 'New automation' : 'Edit the automation'}
        open={editing !== undefined}
        onClose={() => setEditing(undefined)}
      >
        {editing && (
          <AutomationForm
            automation={editing === 'new' ? undefined : editing}
            onSaved={() => {
              setEditing(undefined);
              void refresh();
              toast('Automation saved');
            }}
          />
        )}
      </Dialog>
      <Confirm
        title={`Remove ${removing?.name ?? ''}?`}
        detail="It runs no more. What it did stays, and so does the log of its runs."
        action="Remove"
        open={removing !== undefined}
        busy={remove.isPending}
        error={remove.error?.message}
        onConfirm={() => removing && remove.mutate(removing)}
        onClose={() => {
          remove.reset();
          setRemoving(undefined);
        }}
      />
    </SettingsFrame>
  );
}

interface RowProps {
  automation: Automation;
  onEdit: () => void;
  onRemove: () => void;
}

function AutomationRow({ automation, onEdit, onRemove }: RowProps) {
  const client = useQueryClient();
  const object = useModel().find((each) => each.name === automation.object);
  const turn = useMutation({
    mutationFn: (active: boolean) =>
      request('PATCH', `/automations/${automation.id}`, { body: { is_active: active } }),
    onSettled: () => client.invalidateQueries({ queryKey: automationsQuery.queryKey }),
  });
  const active = turn.isPending ? turn.variables : automation.is_active;
  return (
    <li>
      <div className="grow">
        <strong>{automation.name}</strong>{' '}
        <Badge tone={active ? 'good' : 'neutral'}>{active ? 'on' : 'off'}</Badge>
        <div className="break-anywhere">{triggerText(automation, object)}</div>
        <div className="muted">{actionsText(automation, object)}</div>
        {turn.isError && (
          <div className="field-error" role="alert">
            {turn.error.message}
          </div>
        )}
      </div>
      <button
        type="button"
        className="button small"
        aria-label={`${active ? 'Switch off' : 'Switch on'} ${automation.name}`}
        disabled={turn.isPending}
        onClick={() => turn.mutate(!active)}
      >
        {active ? 'Switch off' : 'Switch on'}
      </button>
      <button
        type="button"
        className="button small"
        aria-label={`Edit ${automation.name}`}
        onClick={onEdit}
      >
        Edit
      </button>
      <button
        type="button"
        className="button small danger"
        aria-label={`Remove ${automation.name}`}
        onClick={onRemove}
      >
        Remove
      </button>
    </li>
  );
}
