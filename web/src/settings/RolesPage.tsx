import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { fieldErrors } from '../api/problem';
import { useSession } from '../api/queries';
import { type Role, roleCountsQuery, rolesQuery } from '../api/settings';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { SelectField } from '../ui/SelectField';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { TextField } from '../ui/TextField';
import { usePages } from '../ui/usePages';
import { nameFor, summaryOf } from './roleDraft';
import { SettingsFrame } from './SettingsFrame';

export function RolesPage() {
  const { permissions } = useSession();
  const roles = useQuery({ ...rolesQuery, enabled: permissions.administer });
  const counts = useQuery({ ...roleCountsQuery, enabled: permissions.administer }).data;
  const [making, setMaking] = useState(false);
  const pages = usePages(roles.data);
  return (
    <SettingsFrame
      icon="user"
      title="Roles"
      actions={
        <button type="button" className="button small" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} /> New role
        </button>
      }
    >
      <section className="card" aria-label="Roles">
        <p className="card-text muted">
          A role says whose records somebody sees and changes. It counts in the page, over REST and
          for assistants alike, from the next request on.
        </p>
        {roles.isPending && <SkeletonLines count={3} label="Loading roles" />}
        {roles.isError && <Failure error={roles.error} onRetry={() => void roles.refetch()} />}
        <ul className="endpoints ruled">
          {pages.items.map((role) => (
            <RoleRow key={role.name} role={role} count={counts && (counts.get(role.name) ?? 0)} />
          ))}
        </ul>
        {pages.more}
      </section>
      <Dialog title="New role" small open={making} onClose={() => setMaking(false)}>
        <NewRole roles={roles.data ?? []} />
      </Dialog>
    </SettingsFrame>
  );
}

function RoleRow({ role, count }: { role: Role; count: number | undefined }) {
  return (
    <li>
      <div className="grow">
        <Link to="/settings/roles/$name" params={{ name: role.name }} className="strong">
          {role.label || role.name}
        </Link>{' '}
        {role.built_in && <Badge>built in</Badge>}
        <div>{role.description}</div>
        <div className="muted">{summaryOf(role)}</div>
      </div>
      {count !== undefined && (
        <span className="muted numeric">
          {count === 0 ? 'nobody' : count === 1 ? '1 person' : `${count} people`}
        </span>
      )}
    </li>
  );
}

const newFields = ['name', 'label', 'description'];

function NewRole({ roles }: { roles: Role[] }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [label, setLabel] = useState('');
  const [name, setName] = useState<string>();
  const [description, setDescription] = useState('');
  const [like, setLike] = useState('member');
  const shownName = name ?? nameFor(label);
  const make = useMutation({
    mutationFn: () =>
      request<Role>('POST', '/roles', {
        body: {
          name: shownName,
          label,
          description,
          objects: roles.find((role) => role.name === like)?.objects ?? { '*': {} },
        },
      }),
    onSuccess: async (role) => {
      await client.invalidateQueries({ queryKey: rolesQuery.queryKey });
      void navigate({ to: '/settings/roles/$name', params: { name: role.name } });
    },
  });
  const { byField, rest } = fieldErrors(make.error, newFields);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!make.isPending) make.mutate();
  };
  return (
    <form onSubmit={submit} className="dialog-form" noValidate>
      <div className="dialog-body security-form">
        <TextField
          label="What people call it"
          required
          autoFocus
          placeholder="Sales rep"
          value={label}
          error={byField.label}
          onChange={(event) => setLabel(event.target.value)}
        />
        <TextField
          label="Name for programs"
          required
          hint="Lower-case letters, digits and underscores; it never changes."
          value={shownName}
          error={byField.name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="What it is for"
          value={description}
          error={byField.description}
          onChange={(event) => setDescription(event.target.value)}
        />
        <SelectField
          label="It begins like"
          value={like}
          onChange={(event) => setLike(event.target.value)}
        >
          {roles.map((role) => (
            <option key={role.name} value={role.name}>
              {role.label || role.name}
            </option>
          ))}
          <option value="">nothing is allowed</option>
        </SelectField>
        {rest.length > 0 && (
          <p className="field-error" role="alert">
            {rest.join(' ')}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <button type="submit" className="button primary" disabled={make.isPending}>
          Make role
        </button>
      </footer>
    </form>
  );
}
