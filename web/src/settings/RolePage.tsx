import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useBlocker, useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { faultsOf } from '../api/faults';
import { useSession } from '../api/queries';
import { type Role, rolesQuery } from '../api/settings';
import { Confirm } from '../ui/Dialog';
import { Empty, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';
import { useToast } from '../ui/Toasts';
import { RoleMatrix } from './RoleMatrix';
import { RolePeople } from './RolePeople';
import { draftOf, members, type RoleDraft, rolePatch } from './roleDraft';
import { SettingsFrame } from './SettingsFrame';

export function RolePage() {
  const { name } = useParams({ from: '/app/settings/roles/$name' });
  const { permissions } = useSession();
  const roles = useQuery({ ...rolesQuery, enabled: permissions.administer });
  const role = roles.data?.find((each) => each.name === name);
  const [removing, setRemoving] = useState(false);
  const removable = role && !role.built_in;
  return (
    <SettingsFrame
      icon="user"
      title={role ? role.label || role.name : 'Role'}
      above={
        <div className="record-crumb">
          <Link to="/settings/roles">Roles</Link>
        </div>
      }
      actions={
        removable && (
          <button type="button" className="button small danger" onClick={() => setRemoving(true)}>
            Delete role
          </button>
        )
      }
    >
      {roles.isPending && <SkeletonLines count={6} label="Loading the role" />}
      {roles.isError && <Failure error={roles.error} onRetry={() => void roles.refetch()} />}
      {roles.data && !role && <Empty icon="search" title={`There is no role “${name}”`} />}
      {role && <RoleEditor key={role.name} role={role} />}
      {role && <RolePeople role={role} />}
      {removable && <RemoveRole role={role} open={removing} onClose={() => setRemoving(false)} />}
    </SettingsFrame>
  );
}

function RoleEditor({ role }: { role: Role }) {
  const client = useQueryClient();
  const toast = useToast();
  const [base, setBase] = useState<RoleDraft>(() => draftOf(role));
  const [draft, setDraft] = useState<RoleDraft>(() => draftOf(role));
  const patch = rolePatch(base, draft);
  const fixed = role.name === 'admin';
  const save = useMutation({
    mutationFn: () => request<Role>('PATCH', `/roles/${role.name}`, { body: patch }),
    onSuccess: (saved) => {
      setBase(draftOf(saved));
      setDraft(draftOf(saved));
      client.setQueryData(rolesQuery.queryKey, (before) =>
        before?.map((each) => (each.name === saved.name ? saved : each)),
      );
      toast('Role saved');
    },
  });
  const leaving = useBlocker({
    shouldBlockFn: () => patch !== undefined,
    enableBeforeUnload: () => patch !== undefined,
    withResolver: true,
  });
  const faults = faultsOf(save.error, shownPointers(draft));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (patch && !save.isPending) save.mutate();
  };
  return (
    <form className="card" aria-label="What it may do" onSubmit={submit} noValidate>
      <div className="card-text role-words">
        <TextField
          label="What people call it"
          value={draft.label}
          disabled={fixed}
          error={faults.at['/label']}
          onChange={(event) => setDraft({ ...draft, label: event.target.value })}
        />
        <TextField
          label="What it is for"
          value={draft.description}
          disabled={fixed}
          error={faults.at['/description']}
          onChange={(event) => setDraft({ ...draft, description: event.target.value })}
        />
        <p className="muted">
          Programs call it <code>{role.name}</code>.
        </p>
      </div>
      {fixed ? (
        <p className="card-text">
          Administrators see and change everything, the settings too. Nobody can take that away.
        </p>
      ) : (
        <RoleMatrix draft={draft} faults={faults.at} onChange={setDraft} />
      )}
      {!fixed && (
        <footer className="card-foot">
          <span className="grow">
            {faults.rest.length > 0 ? (
              <span className="field-error" role="alert">
                {faults.rest.join(' ')}
              </span>
            ) : (
              <span className="muted">{patch ? 'Not saved yet.' : ''}</span>
            )}
          </span>
          <button
            type="button"
            className="button"
            disabled={!patch}
            onClick={() => {
              setDraft(base);
              save.reset();
            }}
          >
            Discard
          </button>
          <button type="submit" className="button primary" disabled={!patch || save.isPending}>
            {save.isPending ? 'Saving…' : 'Save role'}
          </button>
        </footer>
      )}
      <Confirm
        title="Leave without saving?"
        detail="What you changed of this role is lost."
        action="Leave"
        open={leaving.status === 'blocked'}
        onConfirm={() => leaving.proceed?.()}
        onClose={() => leaving.reset?.()}
      />
    </form>
  );
}

// The places of the page at which errors can stand.
function shownPointers(draft: RoleDraft): string[] {
  const objects = Object.keys(draft.objects).flatMap((object) => [
    `/objects/${object}`,
    ...[...members.map((member) => member.name), 'fields'].map(
      (member) => `/objects/${object}/${member}`,
    ),
  ]);
  return ['/label', '/description', ...objects];
}

function RemoveRole({ role, open, onClose }: { role: Role; open: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/roles/${role.name}`),
    onSuccess: async () => {
      onClose();
      await navigate({ to: '/settings/roles' });
      toast(`Role ${role.label || role.name} deleted`);
      void client.invalidateQueries({ queryKey: rolesQuery.queryKey });
    },
  });
  return (
    <Confirm
      title={`Delete the role ${role.label || role.name}?`}
      detail="Only a role that nobody has can be deleted. It cannot be brought back."
      action="Delete"
      open={open}
      busy={remove.isPending}
      error={remove.error?.message}
      onConfirm={() => remove.mutate()}
      onClose={() => {
        remove.reset();
        onClose();
      }}
    />
  );
}
