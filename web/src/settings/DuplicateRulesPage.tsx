import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { request } from '../api/client';
import { useModel } from '../api/queries';
import { type DuplicateRule, duplicateRulesQuery } from '../api/settings';
import { Confirm, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import { usePages } from '../ui/usePages';
import { DuplicateRuleForm } from './DuplicateRuleForm';
import { ruleText } from './duplicateRuleText';
import { SettingsFrame } from './SettingsFrame';

export function DuplicateRulesPage() {
  const rules = useQuery(duplicateRulesQuery);
  const objects = useModel();
  const client = useQueryClient();
  const toast = useToast();
  const [editing, setEditing] = useState<DuplicateRule | 'new'>();
  const [removing, setRemoving] = useState<DuplicateRule>();
  const pages = usePages(rules.data);
  const refresh = () => client.invalidateQueries({ queryKey: duplicateRulesQuery.queryKey });
  const remove = useMutation({
    mutationFn: (rule: DuplicateRule) => request('DELETE', `/duplicate-rules/${rule.id}`),
    onSuccess: async () => {
      setRemoving(undefined);
      await refresh();
    },
  });
  return (
    <SettingsFrame
      icon="copy"
      title="Duplicate rules"
      actions={
        <>
          <Link to="/duplicates" className="button small">
            <Icon name="search" size={13} /> Find duplicates
          </Link>
          <button type="button" className="button small" onClick={() => setEditing('new')}>
            <Icon name="plus" size={14} /> New rule
          </button>
        </>
      }
    >
      <section className="card" aria-label="Duplicate rules">
        <p className="card-text muted">
          Two records mean the same when all fields of one of these rules agree. Rules are asked
          when a record is created or imported, and when somebody looks for duplicates.
        </p>
        {rules.isPending && <SkeletonLines count={3} label="Loading rules" />}
        {rules.isError && <Failure error={rules.error} onRetry={() => void rules.refetch()} />}
        {rules.data?.length === 0 && <p className="card-text">There are none.</p>}
        <ul className="endpoints ruled">
          {pages.items.map((rule) => (
            <RuleRow
              key={rule.id}
              rule={rule}
              text={ruleText(rule, objects)}
              onEdit={() => setEditing(rule)}
              onRemove={() => setRemoving(rule)}
            />
          ))}
        </ul>
        {pages.more}
      </section>
      <Dialog
        title={editing === 'new' ? 'New duplicate rule' : 'Edit the duplicate rule'}
        open={editing !== undefined}
        onClose={() => setEditing(undefined)}
      >
        {editing && (
          <DuplicateRuleForm
            rule={editing === 'new' ? undefined : editing}
            onSaved={() => {
              setEditing(undefined);
              void refresh();
              toast('Rule saved');
            }}
          />
        )}
      </Dialog>
      <Confirm
        title="Remove the rule?"
        detail={
          removing ? `${ruleText(removing, objects)} are no longer taken for duplicates.` : ''
        }
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
  rule: DuplicateRule;
  text: string;
  onEdit: () => void;
  onRemove: () => void;
}

function RuleRow({ rule, text, onEdit, onRemove }: RowProps) {
  const client = useQueryClient();
  const turn = useMutation({
    mutationFn: (active: boolean) =>
      request('PATCH', `/duplicate-rules/${rule.id}`, { body: { is_active: active } }),
    onSettled: () => client.invalidateQueries({ queryKey: duplicateRulesQuery.queryKey }),
  });
  const active = turn.isPending ? turn.variables : rule.is_active;
  return (
    <li>
      <div className="grow">
        <strong>{text}</strong>{' '}
        <Badge tone={active ? 'good' : 'neutral'}>{active ? 'on' : 'off'}</Badge>
        <div className="muted">
          {rule.action === 'block'
            ? 'A record that looks like another is not created, unless somebody insists.'
            : 'A record that looks like another is created, and what it looks like is said.'}
        </div>
        {turn.isError && (
          <div className="field-error" role="alert">
            {turn.error.message}
          </div>
        )}
      </div>
      <button
        type="button"
        className="button small"
        aria-label={`${active ? 'Switch off' : 'Switch on'}: ${text}`}
        disabled={turn.isPending}
        onClick={() => turn.mutate(!active)}
      >
        {turn.isPending && active ? 'Preparing…' : active ? 'Switch off' : 'Switch on'}
      </button>
      <button type="button" className="button small" aria-label={`Edit: ${text}`} onClick={onEdit}>
        Edit
      </button>
      <button
        type="button"
        className="button small danger"
        aria-label={`Remove: ${text}`}
        onClick={onRemove}
      >
        Remove
      </button>
    </li>
  );
}
